/** Runs seeds side by side, and says of a failure how to see it again. */
import { availableParallelism } from 'node:os'
import { runSchedule } from './one-schedule.ts'

/** They mostly wait, so several go at once. */
const AT_ONCE = 8 * Math.max(1, Math.min(4, availableParallelism()))

/** How each outcome was reached, counted. @throws when a seed went wrong, with its story. */
export async function runSchedules(first: number, count: number): Promise<Map<string, number>> {
  const outcomes = new Map<string, number>()
  const seeds = Array.from({ length: count }, (_, index) => first + index)
  const lane = async (): Promise<void> => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      const outcome = await told(seed)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return outcomes
}

async function told(seed: number): Promise<string> {
  const story: string[] = []
  const begun = performance.now()
  try {
    return await runSchedule(seed, (line) => story.push(`${Math.round(performance.now() - begun)} ms: ${line}`))
  } catch (cause) {
    const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
    throw new Error(`seed ${seed} (FUZZ_SEED=${seed} pnpm run fuzz shows it again): ${why}\n${story.join('\n')}`, {
      cause,
    })
  }
}
