/**
 * Owns: what a test holds of an origin: how it is started, and everything that can be asked of it.
 */
import type { Route } from './answer-request.ts'
import type { EntryPredicate, Journal, JournalEntry } from './journal.ts'
import type { FileHandle } from './origin-file.ts'
import type { StaticDir } from './static-files.ts'
import type { CorsMode, FileOptions, StallEnd } from './vocabulary.ts'

/** How an origin is started. */
export interface OriginOptions {
  /** Default 0: any free port. */
  port?: number
  /** Address listened on. Default `127.0.0.1`. */
  host?: string
  /** What files expose to pages on other origins unless they say otherwise. Default `'exposed'`. */
  cors?: CorsMode
  /** Whether files send Timing-Allow-Origin unless they say otherwise. Default false. */
  timingAllowOrigin?: boolean
  /** Path prefix (`/app/`) → folder served under it. */
  staticDirs?: Record<string, string | StaticDir>
  /** Path prefix → a handler of your own; its requests are journalled too. */
  routes?: Record<string, Route>
  /** Whether `/__control` answers. Default true. Never reachable from outside the machine with the default host. */
  control?: boolean
  /** The most journal entries kept. Default 10 000. */
  journalLimit?: number
  /** Milliseconds after which `when` and `nextRequest` give up and print the journal. Default 10 000. */
  patience?: number
}

/** A running origin. */
export interface Origin extends AsyncDisposable {
  /** Base, without a slash at the end: `http://127.0.0.1:41234`. Stays the same over `restart`. */
  readonly url: string
  readonly port: number
  readonly journal: Journal
  /** Registers a file (again: replaces it). It is served under `/files/<name>`. */
  file(name: string, options: FileOptions): FileHandle
  /** The file registered under this name, or null. */
  find(name: string): FileHandle | null
  /** Every registered file. */
  files(): FileHandle[]
  /** Answers 404 from now on. */
  forget(name: string): void
  /** The first journal entry that matches, old or new, as it is or as it becomes (say `{ file: 'a', bytesSent: 1e6 }`). */
  when(predicate: EntryPredicate, options?: { timeout?: number }): Promise<JournalEntry>
  /** As `when`, but only requests that arrive after this call count. */
  nextRequest(predicate?: EntryPredicate, options?: { timeout?: number }): Promise<JournalEntry>
  /** Lets stalled answers go on (default), or ends them. */
  releaseStalls(how?: StallEnd): void
  /** Destroys every connection; new ones are welcome. */
  dropAllConnections(): void
  /** Closes the listening socket: connections are refused. What runs already runs on; nothing new is answered on it. */
  refuse(): Promise<void>
  /** Listens again, on the same port. */
  accept(): Promise<void>
  /** Dies as a crash would (every connection destroyed) and listens again. Files and journal stay. */
  restart(): Promise<void>
  /** Ends for good. */
  stop(): Promise<void>
}
