/**
 * The typed repository over a RecordStore: the only place that knows how keys look. It never deletes
 * what it cannot read.
 */
import { fieldOf } from '../model/checks.ts'
import { fileOf } from '../model/uid.ts'
import { URLError } from '../model/url-error.ts'
import type { RecordStore } from '../ports/record-store.ts'
import {
  readRecord,
  type ClaimRecord,
  type KeptRecord,
  type ParkedRecord,
  type SessionRecord,
  type StoredRecord,
  type TransferRecord,
  type UsedRecord,
} from './records.ts'

type Shelf = 'task' | 'parked' | 'kept' | 'claim' | 'used' | 'quarantine'

export interface LoadedTransfers {
  readonly current: TransferRecord[]
  readonly unreadable: { readonly uid: string; readonly reason: string; readonly url: string }[]
}

export class Ledger {
  readonly #store: RecordStore
  readonly #namespace: string
  /** The last write of each key: writes to one key never overtake each other. */
  readonly #writes = new Map<string, Promise<void>>()
  #session: SessionRecord = { v: 1, kind: 'session', nextIdentifier: 1 }
  #sessionIsForeign = false

  constructor(store: RecordStore, namespace: string) {
    this.#store = store
    this.#namespace = namespace
  }

  /** All transfers that can be read; what cannot be is moved to quarantine and named. */
  async loadTransfers(): Promise<LoadedTransfers> {
    const loaded: LoadedTransfers = { current: [], unreadable: [] }
    for (const [uid, value] of await this.#shelf('task')) {
      const reading = readRecord(fieldOf(value, 'kind') === 'upload' ? 'upload' : 'download', value)
      if (reading.is === 'current') loaded.current.push(reading.record)
      if (reading.is !== 'unreadable') continue
      // The copy is written before the original goes, so a crash in between loses nothing.
      await this.#quarantine(uid, reading.reason, value)
      await this.#erase(this.#key('task', uid))
      loaded.unreadable.push({ uid, reason: reading.reason, url: urlIn(value) })
    }
    return loaded
  }

  save(record: TransferRecord): Promise<void> {
    return this.#write(this.#key('task', record.uid), record)
  }

  remove(uid: string): Promise<void> {
    return this.#erase(this.#key('task', uid))
  }

  park(record: ParkedRecord): Promise<void> {
    return this.#write(this.#key('parked', record.uid), record)
  }

  /** @throws {URLError} `recordUnreadable`: its bytes are there, and are not written over. */
  async parked(token: string): Promise<ParkedRecord | null> {
    const value = await this.#store.get(this.#key('parked', token))
    if (value === undefined) return null
    const reading = readRecord('parked', value)
    if (reading.is === 'current') return reading.record
    const why = reading.is === 'newer' ? `it is of version ${reading.version}` : reading.reason
    throw new URLError('recordUnreadable', { phase: 'storage', why })
  }

  async unpark(token: string): Promise<void> {
    await this.#erase(this.#key('parked', token))
  }

  allParked(): Promise<ParkedRecord[]> {
    return this.#readable('parked')
  }

  keep(record: KeptRecord): Promise<void> {
    return this.#write(this.#key('kept', record.uid), record)
  }

  kept(): Promise<KeptRecord[]> {
    return this.#readable('kept')
  }

  unkeep(uid: string): Promise<void> {
    return this.#erase(this.#key('kept', uid))
  }

  claim(uid: string, owner: string): Promise<void> {
    return this.#write(this.#key('claim', uid), { v: 1, kind: 'claim', uid, owner } satisfies ClaimRecord)
  }

  claims(): Promise<ClaimRecord[]> {
    return this.#readable('claim')
  }

  unclaim(uid: string): Promise<void> {
    return this.#erase(this.#key('claim', uid))
  }

  /** Files that any record names, readable or not: they must stay. */
  async namedFiles(): Promise<Set<string>> {
    const shelves: Shelf[] = ['task', 'parked', 'kept', 'claim', 'quarantine']
    const entries = await Promise.all(shelves.map((shelf) => this.#shelf(shelf)))
    return new Set(entries.flat().map(([uid]) => fileOf(uid)))
  }

  /** Reads what is counted for the whole session; to be called once, before anything else. */
  async open(): Promise<void> {
    const stored = await this.#store.get(this.#sessionKey)
    const reading = readRecord('session', stored)
    if (reading.is === 'current') this.#session = reading.record
    if (reading.is === 'unreadable' && stored !== undefined) await this.#quarantine('session', reading.reason, stored)
    // A newer build's counters are left alone: a number given twice is a smaller harm than a lost record.
    this.#sessionIsForeign = reading.is === 'newer'
  }

  get nextIdentifier(): number {
    return this.#session.nextIdentifier
  }

  /** Gives out `wanted`, or the next free number when an earlier life gave that one away. */
  async takeIdentifier(wanted: number): Promise<number> {
    const identifier = Math.max(wanted, this.#session.nextIdentifier)
    this.#session.nextIdentifier = identifier + 1
    await this.#saveSession()
    return identifier
  }

  /** Asked of the store itself: another engine on the same records may have used it. */
  async wasConsumed(token: string): Promise<boolean> {
    return (await this.#store.get(this.#key('used', token))) !== undefined
  }

  /** Ends a token's use: nobody can go on from it again. */
  async consume(token: string): Promise<void> {
    await this.#write(this.#key('used', token), { v: 1, kind: 'used', uid: token } satisfies UsedRecord)
    await this.unpark(token)
  }

  /** Tokens of resume data that was used. */
  async used(): Promise<string[]> {
    return (await this.#shelf('used')).map(([token]) => token)
  }

  /** Forgets that a token was used: only when no bytes are left that it could be used on. */
  forgetUsed(token: string): Promise<void> {
    return this.#erase(this.#key('used', token))
  }

  /** Resolves when every write so far has settled. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#writes.values())
  }

  /** Those that can be read. */
  async #readable<Kind extends 'parked' | 'kept' | 'claim'>(
    kind: Kind,
  ): Promise<Extract<StoredRecord, { kind: Kind }>[]> {
    const readings = (await this.#shelf(kind)).map(([, value]) => readRecord(kind, value))
    return readings.flatMap((reading) => (reading.is === 'current' ? [reading.record] : []))
  }

  get #sessionKey(): string {
    return `${this.#namespace}/session`
  }

  async #saveSession(): Promise<void> {
    if (!this.#sessionIsForeign) await this.#write(this.#sessionKey, this.#session)
  }

  #quarantine(uid: string, reason: string, value: unknown): Promise<void> {
    return this.#write(this.#key('quarantine', uid), { v: 1, kind: 'quarantine', reason, value })
  }

  #key(shelf: Shelf, uid: string): string {
    return `${this.#namespace}/${shelf}/${uid}`
  }

  async #shelf(shelf: Shelf): Promise<[uid: string, value: unknown][]> {
    const prefix = `${this.#namespace}/${shelf}/`
    const entries = await this.#store.entries(prefix)
    return entries.map(([key, value]) => [key.slice(prefix.length), value])
  }

  #write(key: string, value: object): Promise<void> {
    // Copied now: the record goes on changing while the write waits its turn.
    const copy: unknown = structuredClone(value)
    return this.#inTurn(key, () => this.#store.set(key, copy))
  }

  #erase(key: string): Promise<void> {
    return this.#inTurn(key, () => this.#store.delete(key))
  }

  #inTurn(key: string, work: () => Promise<void>): Promise<void> {
    const before = this.#writes.get(key) ?? Promise.resolve()
    const turn = before.then(work, work)
    this.#writes.set(key, turn)
    const done = (): void => {
      if (this.#writes.get(key) === turn) this.#writes.delete(key)
    }
    turn.then(done, done)
    return turn
  }
}

/** The URL in a damaged record, if one can be made out, for the error that reports it. */
function urlIn(value: unknown): string {
  const url = fieldOf(fieldOf(value, 'request'), 'url')
  return typeof url === 'string' ? url : ''
}
