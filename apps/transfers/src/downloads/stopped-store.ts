/** Remembers stopped downloads over a reload: the session forgets a task once its end was told, and resume data is ours to keep. */
import type { Stopped } from './download.ts'

const place = 'transfers:stopped'

/** What was there when the page was last open; nothing where storage is blocked or holds something else. */
export function readStopped(): Stopped[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(place) ?? '[]')
    return Array.isArray(stored) ? stored.filter(isStopped) : []
  } catch {
    return []
  }
}

export function writeStopped(all: readonly Stopped[]): void {
  try {
    localStorage.setItem(place, JSON.stringify(all))
  } catch {
    // Full or blocked: then they last as long as the page does.
  }
}

// Resume data is checked by `downloadTask`, which has to judge it anyway.
function isStopped(value: unknown): value is Stopped {
  const { kind, key, url, name, message } = (value ?? {}) as Partial<Record<keyof Stopped, unknown>>
  return kind === 'stopped' && [key, url, name, message].every((one) => typeof one === 'string')
}
