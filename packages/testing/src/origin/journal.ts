/**
 * Owns: what the origin has seen and done, one entry a request, and the waiting for it.
 * Why: tests prove things by what reached the wire, and wait for events, never for a length of time.
 */
import type { EntryMatch } from './vocabulary.ts'

/** How an exchange stands, or how it ended. */
export type Outcome =
  /** Still going on. */
  | 'open'
  /** Silent on purpose, until stalls are released. */
  | 'stalled'
  /** The answer was sent to its end. */
  | 'complete'
  /** Ended early on purpose: closed in good order, or reset. */
  | 'cut'
  | 'reset'
  /** The client went first. */
  | 'aborted'
  /** The origin's stop, restart, refusal or `dropAllConnections`. */
  | 'dropped'

/** One request, and what became of it. Plain JSON. */
export interface JournalEntry {
  /** 1, 2, 3 … in order of arrival; never used twice by one origin. */
  readonly id: number
  /** Arrival, milliseconds since the epoch. */
  readonly at: number
  /** End of the exchange, milliseconds since the epoch; null while it lasts. */
  endedAt: number | null
  readonly method: string
  /** Path and query. */
  readonly url: string
  /** Name of the file asked for, or null. */
  file: string | null
  /** Request headers, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The Range header as it came, or null. */
  readonly range: string | null
  /** True for a CORS preflight. */
  readonly preflight: boolean
  /** Number of the connection it came on: equal numbers shared a socket. */
  readonly connection: number
  /** Status sent, or null when there was no head (yet). */
  status: number | null
  /** Response headers sent, names in lower case. */
  responseHeaders: Record<string, string>
  /** Bytes of request body received. */
  bytesReceived: number
  /** Body bytes handed to the kernel, as encoded on the wire, without chunk framing. */
  bytesSent: number
  /** True when the client closed before the answer was complete. */
  aborted: boolean
  outcome: Outcome
}

/** What `when` takes: words to match, or a function. */
export type EntryPredicate = EntryMatch | ((entry: JournalEntry) => boolean)

/** The journal of one origin. */
export interface Journal {
  /** Every entry kept, oldest first. Entries are live: they change while their exchange lasts. */
  readonly entries: readonly JournalEntry[]
  /** Entries of one file, preflights left out. */
  forFile(name: string): JournalEntry[]
  /** Entries that match. */
  matching(predicate: EntryPredicate): JournalEntry[]
  /** The largest number of exchanges (preflights left out) that were open at one moment. */
  peak(predicate?: EntryPredicate): number
  clear(): void
}

/** True when `entry` is what `predicate` asks for. */
export function matches(entry: JournalEntry, predicate: EntryPredicate): boolean {
  if (typeof predicate === 'function') return predicate(entry)
  return (
    (predicate.file === undefined || entry.file === predicate.file) &&
    (predicate.method === undefined || entry.method === predicate.method) &&
    (predicate.url === undefined || entry.url.includes(predicate.url)) &&
    (predicate.status === undefined || entry.status === predicate.status) &&
    (predicate.ended === undefined || (entry.endedAt !== null) === predicate.ended) &&
    (predicate.aborted === undefined || entry.aborted === predicate.aborted) &&
    (predicate.bytesSent === undefined || entry.bytesSent >= predicate.bytesSent) &&
    (predicate.id === undefined || entry.id >= predicate.id)
  )
}

interface Watcher {
  readonly predicate: EntryPredicate
  readonly settle: (entry: JournalEntry) => void
}

/** The journal as the origin writes it. */
export class JournalKeeper implements Journal {
  readonly entries: JournalEntry[] = []
  readonly #limit: number
  readonly #watchers = new Set<Watcher>()
  /** The order of beginnings and ends: milliseconds are too coarse to tell what overlapped. */
  readonly #ticks = new WeakMap<JournalEntry, { readonly begun: number; ended: number | null }>()
  #tick = 0
  #count = 0

  /** @param limit the most entries kept; the oldest ended ones go first. */
  constructor(limit: number) {
    this.#limit = limit
  }

  forFile(name: string): JournalEntry[] {
    return this.entries.filter((entry) => entry.file === name && !entry.preflight)
  }

  matching(predicate: EntryPredicate): JournalEntry[] {
    return this.entries.filter((entry) => matches(entry, predicate))
  }

  peak(predicate: EntryPredicate = {}): number {
    const counted = this.entries.filter((entry) => !entry.preflight && matches(entry, predicate))
    const steps = counted.flatMap((entry): [tick: number, step: number][] => {
      const { begun = 0, ended = null } = this.#ticks.get(entry) ?? {}
      return ended === null
        ? [[begun, 1]]
        : [
            [begun, 1],
            [ended, -1],
          ]
    })
    steps.sort((a, b) => a[0] - b[0])
    let open = 0
    let most = 0
    for (const [, step] of steps) most = Math.max(most, (open += step))
    return most
  }

  clear(): void {
    this.entries.length = 0
  }

  /** Adds an entry. `unseen`: gives it number 0 and keeps it out of the journal. */
  open(entry: Omit<JournalEntry, 'id'>, unseen = false): JournalEntry {
    if (unseen) return { id: 0, ...entry }
    const kept = { id: ++this.#count, ...entry }
    if (this.entries.length >= this.#limit) {
      this.entries.splice(
        Math.max(
          0,
          this.entries.findIndex((one) => one.endedAt !== null),
        ),
        1,
      )
    }
    this.entries.push(kept)
    this.#ticks.set(kept, { begun: ++this.#tick, ended: null })
    this.touch(kept)
    return kept
  }

  /** Tells whoever waits that `entry` changed. */
  touch(entry: JournalEntry): void {
    for (const watcher of this.#watchers) {
      if (matches(entry, watcher.predicate)) watcher.settle(entry)
    }
  }

  /** Closes an entry; a second call changes nothing. */
  end(entry: JournalEntry, outcome: Outcome): void {
    if (entry.endedAt !== null) return
    entry.endedAt = Date.now()
    const ticks = this.#ticks.get(entry)
    if (ticks) ticks.ended = ++this.#tick
    entry.outcome = outcome
    entry.aborted = outcome === 'aborted'
    this.touch(entry)
  }

  /** The first entry that matches: one already here, or one to come. */
  when(predicate: EntryPredicate, timeout: number, from = 0): Promise<JournalEntry> {
    const later = (entry: JournalEntry): boolean => entry.id > from && matches(entry, predicate)
    const known = this.entries.find(later)
    if (known) return Promise.resolve(known)
    return new Promise((resolve, reject) => {
      const settle = (entry: JournalEntry): void => {
        clearTimeout(timer)
        this.#watchers.delete(watcher)
        resolve(entry)
      }
      const watcher: Watcher = { predicate: later, settle }
      const timer = setTimeout(() => {
        this.#watchers.delete(watcher)
        reject(new Error(`nothing in the journal matched within ${timeout} ms; it holds:\n${this.#print()}`))
      }, timeout)
      this.#watchers.add(watcher)
    })
  }

  /** As `when`, for requests that arrive from now on. */
  next(predicate: EntryPredicate, timeout: number): Promise<JournalEntry> {
    return this.when(predicate, timeout, this.#count)
  }

  #print(): string {
    const lines = this.entries
      .slice(-20)
      .map(
        (entry) =>
          `  ${entry.id} ${entry.method} ${entry.url} ${entry.range ?? ''} → ${entry.status ?? '-'} ${entry.outcome} ${entry.bytesSent} bytes`,
      )
    return lines.join('\n') || '  (nothing)'
  }
}
