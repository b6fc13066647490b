/**
 * What every start of an engine does first, whether the last one ended well or was killed: find out
 * which transfers to go on with, and remove what belongs to nobody alive.
 */
import { fileOf, nextGeneration } from '../model/uid.ts'
import type { Platform } from '../ports/platform.ts'
import type { Ledger, LoadedTransfers } from '../storage/ledger.ts'
import type { TransferRecord } from '../storage/records.ts'
import type { Hello } from '../wire/commands.ts'
import { isUnmoved } from './download/outcome.ts'

/** Parked bytes that nobody came back for in this time (milliseconds) are removed. */
const PARKED_FOR = 604_800_000

/** The lock that says a session object is alive. */
export const ownerLock = (owner: string): string => `urlsession:owner:${owner}`

export interface Recovered {
  /** Transfers of this session, to be gone on with. */
  readonly transfers: TransferRecord[]
  readonly unreadable: LoadedTransfers['unreadable']
}

export async function recover(platform: Platform, ledger: Ledger, hello: Hello): Promise<Recovered> {
  // Listed before the records: a file that appears later belongs to somebody whose record is there by then.
  const files = await platform.files.list()
  const used = await ledger.used()
  const { current, unreadable } = await ledger.loadTransfers()
  const alive = new OwnersAlive(platform, hello.owner)
  const transfers: TransferRecord[] = []
  for (const record of current) {
    // A background session's transfers belong to its name; others belong to the object that made them.
    if (hello.kind === 'background' || record.owner === hello.owner) transfers.push(record)
    else if (!(await alive.has(record.owner))) await ledger.remove(record.uid)
  }
  // Without an outcome, they are moved again, or loaded again if they are nowhere.
  for (const record of transfers)
    if (record.kind === 'download' && (await isUnmoved(platform, record))) record.outcome = null
  await removeDeadClaims(ledger, alive)
  await removeOldParked(platform, ledger, current)
  const unnamed = async (among: string[]): Promise<string[]> => {
    const named = among.length > 0 ? await ledger.namedFiles() : new Set()
    return among.filter((file) => !named.has(file))
  }
  // Looked up twice: a file may change from one record to another while they are read.
  // One that cannot go yet (a dying worker still has it open) goes the next time.
  for (const file of await unnamed(await unnamed(files))) await platform.files.remove(file).catch(() => {})
  // Likewise of what the tokens of used resume data name; it is no more there, nor coming back, where no record names it.
  const spent = new Set(await unnamed(await unnamed(used.map(fileOf))))
  for (const token of used) if (spent.has(fileOf(token))) await forgetUsed(platform, ledger, token)
  return { transfers, unreadable }
}

class OwnersAlive {
  readonly #platform: Platform
  readonly #known = new Map<string, boolean>()

  constructor(platform: Platform, self: string) {
    this.#platform = platform
    this.#known.set(self, true)
  }

  async has(owner: string): Promise<boolean> {
    const known = this.#known.get(owner)
    if (known !== undefined) return known
    const held = await this.#platform.locks.isHeld(ownerLock(owner))
    this.#known.set(owner, held)
    return held
  }
}

async function removeDeadClaims(ledger: Ledger, alive: OwnersAlive): Promise<void> {
  for (const claim of await ledger.claims()) if (!(await alive.has(claim.owner))) await ledger.unclaim(claim.uid)
}

async function removeOldParked(platform: Platform, ledger: Ledger, current: readonly TransferRecord[]): Promise<void> {
  const limit = platform.clock.now() - PARKED_FOR
  for (const { uid, parkedAt } of await ledger.allParked()) {
    // A transfer that goes on from it proves that it was used, though the engine died before it said so.
    if (current.some((record) => record.uid === nextGeneration(uid))) await ledger.consume(uid)
    else if (parkedAt < limit) await ledger.unpark(uid)
  }
}

/**
 * A token is remembered for as long as bytes of it exist. Afterwards it names nothing: to use it again would only start
 * from zero, as resume data of another browser does.
 */
async function forgetUsed(platform: Platform, ledger: Ledger, token: string): Promise<void> {
  if ((await platform.files.size(fileOf(token)).catch(() => 0)) === null) await ledger.forgetUsed(token)
}
