/** A few hundred seeds of faults, deaths and second thoughts; `pnpm run fuzz` runs thousands. */
import { expect, it } from 'vitest'
import { runSchedules } from './run-schedules.ts'

it(
  'every story ends with one whole version of the file, or with an error that says why',
  { timeout: 120_000 },
  async () => {
    const outcomes = await runSchedules(1, 220)
    expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(220)
    // If they all came to the same end, something is wrong with the stories.
    expect(outcomes.get('finished')).toBeGreaterThan(150)
  },
)
