/**
 * Owns: the commands of `/__control`: their shape, and what each does to an origin.
 * Why: a page and a test in another process switch the same faults by the same words as a test in this process.
 */
import type { JournalEntry } from './journal.ts'
import type { FileHandle } from './origin-file.ts'
import type { RunningOrigin } from './origin.ts'
import type { Sha256 } from './sha256.ts'
import type { Behaviour, BehaviourPatch, EntityChange, EntryMatch, FileOptions, StallEnd } from './vocabulary.ts'

/** A file, as told over the wire. */
export interface FileFacts {
  name: string
  url: string
  size: number
  seed: number | null
  etag: string
}

/** What can be asked of `/__control`: one JSON object by POST. */
export type ControlCommand =
  | { do: 'file'; name: string; options: FileOptions }
  | { do: 'files' }
  | { do: 'forget'; name: string }
  | { do: 'behave'; name: string; patch: BehaviourPatch }
  | { do: 'behaveWell'; name: string }
  | { do: 'nextResponses'; name: string; behaviours: Behaviour[] }
  | { do: 'change'; name: string; change?: EntityChange }
  | { do: 'sha256'; name: string }
  | { do: 'releaseStalls'; how?: StallEnd; name?: string }
  | { do: 'journal'; match?: EntryMatch }
  | { do: 'clearJournal' }
  | { do: 'when'; match: EntryMatch; timeout?: number }
  | { do: 'nextRequest'; match?: EntryMatch; timeout?: number }
  | { do: 'dropAllConnections' }
  /** `downFor`: milliseconds during which connections are refused. Default 0. */
  | { do: 'restart'; downFor?: number }
  /** Over the wire a refusal must end by itself. Milliseconds. */
  | { do: 'refuse'; downFor: number }

/** What a command answers, and what is to be done once the answer is out. */
export interface ControlResult {
  value: FileFacts | FileFacts[] | JournalEntry | JournalEntry[] | Sha256 | null
  afterwards?: () => Promise<void>
}

const facts = ({ name, url, size, seed, etag }: FileHandle): FileFacts => ({ name, url, size, seed, etag })
const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))
const patience = (timeout: number | undefined): { timeout?: number } => (timeout === undefined ? {} : { timeout })

/** Carries out one command. Throws a TypeError for a command or a file that does not exist. */
export async function runCommand(origin: RunningOrigin, command: ControlCommand): Promise<ControlResult> {
  const named = (name: string): FileHandle => {
    const file = origin.find(name)
    if (!file)
      throw new TypeError(
        `no file '${name}'; there are: ${
          origin
            .files()
            .map((one) => one.name)
            .join(', ') || 'none'
        }`,
      )
    return file
  }
  switch (command.do) {
    case 'file':
      return { value: facts(origin.file(command.name, command.options)) }
    case 'files':
      return { value: origin.files().map(facts) }
    case 'forget':
      origin.forget(command.name)
      return { value: null }
    case 'behave':
      return { value: facts(named(command.name).behave(command.patch)) }
    case 'behaveWell':
      return { value: facts(named(command.name).behaveWell()) }
    case 'nextResponses':
      return { value: facts(named(command.name).nextResponses(command.behaviours)) }
    case 'change':
      return { value: facts(named(command.name).change(command.change)) }
    case 'sha256':
      return { value: await named(command.name).sha256() }
    case 'releaseStalls':
      origin.stalls.release(command.how ?? 'continue', command.name)
      return { value: null }
    case 'journal':
      return { value: origin.journal.matching(command.match ?? {}) }
    case 'clearJournal':
      origin.journal.clear()
      return { value: null }
    case 'when':
      return { value: await origin.when(command.match, patience(command.timeout)) }
    case 'nextRequest':
      return { value: await origin.nextRequest(command.match ?? {}, patience(command.timeout)) }
    case 'dropAllConnections':
      return { value: null, afterwards: async () => origin.dropAllConnections() }
    case 'restart':
      return {
        value: null,
        afterwards: async () => {
          await origin.refuse()
          origin.dropAllConnections()
          await sleep(command.downFor ?? 0)
          await origin.accept()
        },
      }
    case 'refuse':
      return {
        value: null,
        afterwards: async () => {
          await origin.refuse()
          await sleep(command.downFor)
          await origin.accept()
        },
      }
    default:
      throw new TypeError(`unknown command '${String((command as { do?: unknown }).do)}'`)
  }
}
