/**
 * Owns: telling whether the process that wrote something down is still there. Why a pid is not enough:
 * pids are used again, after a reboot they start from the beginning, and in another container the same
 * number is another process.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname, uptime } from 'node:os'

export interface ProcessIdentity {
  readonly pid: number
  /** When the process started, in the words of its system; null where that is not told. */
  readonly start: string | null
  /** Within what the pid means something: one run of one kernel, and one pid namespace of it. */
  readonly boot: string | null
  readonly space: string | null
  readonly host: string
}

/** `'unknown'`: another machine or container, or a system that does not tell pids apart. */
export type Life = 'alive' | 'dead' | 'unknown'

let mine: ProcessIdentity | null = null

export const ownIdentity = (): ProcessIdentity => (mine ??= readOwnIdentity())

function readOwnIdentity(): ProcessIdentity {
  return {
    pid: process.pid,
    start: startOf(process.pid),
    boot: orNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    space: orNull(() => readlinkSync('/proc/self/ns/pid')),
    host: hostname(),
  }
}

/**
 * Whether the process lives.
 * @param seen When it last gave a sign of life, in milliseconds since the epoch.
 */
export function lifeOf(other: ProcessIdentity, seen: number, own: ProcessIdentity = ownIdentity()): Life {
  if (own.boot !== null && own.boot === other.boot && own.space !== null && own.space === other.space) {
    const start = startOf(other.pid)
    if (start === GONE || (start === null && !respondsTo(other.pid))) return 'dead'
    if (start === null || other.start === null) return 'unknown'
    return start === other.start ? 'alive' : 'dead'
  }
  if (own.host !== other.host) return 'unknown'
  if (own.boot === null && other.boot === null) return respondsTo(other.pid) ? 'unknown' : 'dead'
  // The same machine before its last start; unless two machines share a name, hence the sign of life.
  const booted = Date.now() - uptime() * 1000
  return own.boot !== null && other.boot !== null && own.boot !== other.boot && seen < booted ? 'dead' : 'unknown'
}

const GONE = 'gone'

/** Linux: the start time of a process in clock ticks since boot; `GONE` for one that only waits to be reaped; else null. */
function startOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is the name of the program in brackets, and may itself hold brackets and spaces.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return GONE
    return fields[19] ?? null
  } catch {
    return null
  }
}

function respondsTo(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function orNull<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}
