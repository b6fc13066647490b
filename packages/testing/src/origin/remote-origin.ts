/**
 * Owns: an origin held from afar: from a page, a worker or another process, through `/__control`.
 * Why: browser tests switch the same faults as Node tests, in the same words. Uses nothing but fetch.
 */
import type { ControlCommand, FileFacts } from './control-commands.ts'
import type { JournalEntry } from './journal.ts'
import type { Sha256 } from './sha256.ts'
import type {
  Behaviour,
  BehaviourPatch,
  EntityChange,
  EntryMatch,
  FileOptions,
  SocketBehaviour,
  StallEnd,
} from './vocabulary.ts'

/** A file of a remote origin. The facts are those at registration; `change` gives the new ones. */
export interface RemoteFile extends Readonly<FileFacts> {
  /** See `FileHandle.behave`. */
  behave(patch: BehaviourPatch): Promise<void>
  /** See `FileHandle.behaveWell`. */
  behaveWell(): Promise<void>
  /** See `FileHandle.nextResponses`. */
  nextResponses(behaviours: Behaviour[]): Promise<void>
  /** See `FileHandle.change`. */
  change(change?: EntityChange): Promise<FileFacts>
  sha256(): Promise<Sha256>
  /** See `FileHandle.releaseStalls`. */
  releaseStalls(how?: StallEnd): Promise<void>
  /** The journal's entries for this file. */
  requests(match?: EntryMatch): Promise<JournalEntry[]>
}

/** A remote origin. */
export interface RemoteOrigin {
  readonly url: string
  file(name: string, options: FileOptions): Promise<RemoteFile>
  journal(match?: EntryMatch): Promise<JournalEntry[]>
  clearJournal(): Promise<void>
  /** See `Origin.when`; only words, no functions. */
  when(match: EntryMatch, options?: { timeout?: number }): Promise<JournalEntry>
  /** See `Origin.nextRequest`. */
  nextRequest(match?: EntryMatch, options?: { timeout?: number }): Promise<JournalEntry>
  releaseStalls(how?: StallEnd): Promise<void>
  dropAllConnections(): Promise<void>
  /** See `Origin.restart`; `downFor` milliseconds pass between dying and listening again. */
  restart(downFor?: number): Promise<void>
  /** Refuses connections for so many milliseconds. */
  refuse(downFor: number): Promise<void>
  /** The ws URL of a WebSocket that behaves so. `name` is part of its path, for the journal. */
  socket(behaviour?: SocketBehaviour, name?: string): string
  /** Any command as it stands. */
  command(command: ControlCommand): Promise<unknown>
}

/** Holds the origin at `url`. `send` is the fetch to use; default the global one. */
export function remoteOrigin(url: string, send: typeof fetch = (...given) => fetch(...given)): RemoteOrigin {
  const base = url.replace(/\/$/, '')
  const command = async <T>(body: ControlCommand): Promise<T> => {
    // text/plain, so that a page on another origin needs no preflight.
    const response = await send(`${base}/__control`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'text/plain' },
    })
    const answer = (await response.json()) as { ok: true; value: T } | { ok: false; message: string }
    if (!answer.ok) throw new TypeError(answer.message)
    return answer.value
  }
  const file = async (name: string, options: FileOptions): Promise<RemoteFile> => ({
    ...(await command<FileFacts>({ do: 'file', name, options })),
    behave: async (patch) => void (await command({ do: 'behave', name, patch })),
    behaveWell: async () => void (await command({ do: 'behaveWell', name })),
    nextResponses: async (behaviours) => void (await command({ do: 'nextResponses', name, behaviours })),
    change: (change) => command(change ? { do: 'change', name, change } : { do: 'change', name }),
    sha256: () => command({ do: 'sha256', name }),
    releaseStalls: async (how = 'continue') => void (await command({ do: 'releaseStalls', how, name })),
    requests: async (match) =>
      (await command<JournalEntry[]>({ do: 'journal', match: { ...match, file: name } })).filter(
        (entry) => !entry.preflight,
      ),
  })
  return {
    url: base,
    file,
    command,
    journal: (match = {}) => command({ do: 'journal', match }),
    clearJournal: async () => void (await command({ do: 'clearJournal' })),
    when: (match, options) => command({ do: 'when', match, ...options }),
    nextRequest: (match = {}, options) => command({ do: 'nextRequest', match, ...options }),
    releaseStalls: async (how = 'continue') => void (await command({ do: 'releaseStalls', how })),
    dropAllConnections: async () => void (await command({ do: 'dropAllConnections' })),
    socket: (behaviour = {}, name = 'socket') =>
      `${base.replace(/^http/, 'ws')}/sockets/${name}?behaviour=${encodeURIComponent(JSON.stringify(behaviour))}`,
    restart: async (downFor = 0) => void (await command({ do: 'restart', downFor })),
    refuse: async (downFor) => void (await command({ do: 'refuse', downFor })),
  }
}
