/**
 * `pnpm run fuzz`: two thousand seeds from a random one on. `FUZZ=20000` runs more, `FUZZ_SEED=7` that one alone, with
 * everything that happens in it.
 */
import { expect, it } from 'vitest'
import { runSchedule } from './one-schedule.ts'
import { runSchedules } from './run-schedules.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? 0)
const count = Number(process.env['FUZZ'] ?? 0) || 2000

it.runIf(seed > 0)(`seed ${seed}`, { timeout: 600_000 }, async () => {
  const story: string[] = []
  const end = await runSchedule(seed, (line) => story.push(line)).catch((error: unknown) => error)
  expect(end, story.join('\n')).toBeTypeOf('string')
})

it.runIf(seed === 0)(`${count} seeds`, { timeout: Math.max(600_000, count * 500) }, async () => {
  const first = 1 + Math.floor(Math.random() * 1e9)
  const outcomes = await runSchedules(first, count)
  expect(
    [...outcomes.values()].reduce((sum, one) => sum + one, 0),
    `seeds from ${first}`,
  ).toBe(count)
})
