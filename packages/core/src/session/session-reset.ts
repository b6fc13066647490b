/** Forgets what a session has of its own, and says what is the browser's. */
import type { DataLane } from '../loading/data-lane.ts'
import type { ResetReport } from '../model/reset-report.ts'
import type { SessionCore } from './session-core.ts'

export async function resetSession(
  { cookies, environment, configuration }: SessionCore,
  lane: DataLane,
): Promise<ResetReport> {
  const { cache } = configuration
  await Promise.all([lane.authentication.reset(), cookies?.removeSince(new Date(0)), cache?.clear()])
  // What comes back after a restart was not cleared.
  await cookies?.flush()
  const why = 'it is the browser’s; the server can send Clear-Site-Data'
  return {
    cleared: [...(cookies ? (['cookies'] as const) : []), 'credentials', ...(cache ? (['cache'] as const) : [])],
    notCleared: environment.cookies === null ? (['cookies', 'cache'] as const).map((what) => ({ what, why })) : [],
  }
}
