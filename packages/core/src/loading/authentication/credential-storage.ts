/**
 * Owns credentials by protection space: many users each, one of them the default. In memory; `permanent` ones also in a vault,
 * if the storage has one, which is opened when it is first needed.
 */
import { normalCredential, sameCredential, type NormalCredential, type URLCredential } from '../../model/credential.ts'
import { normalSpace, spaceKey, type URLProtectionSpace } from '../../model/protection-space.ts'

/** Where permanent credentials are kept. */
export interface CredentialVault {
  /** Everything that can still be decrypted, of all spaces or of one. */
  list(space?: URLProtectionSpace): Promise<VaultEntry[]>
  put(entry: VaultEntry): Promise<void>
  delete(space: URLProtectionSpace, user: string): Promise<void>
  clear(): Promise<void>
}

export interface VaultEntry {
  readonly space: URLProtectionSpace
  readonly user: string
  readonly password: string
  /** When it was last made the default, in milliseconds since the epoch; 0 for never. The latest is it. */
  readonly preferred: number
}

/** What a storage holds for one space. */
export interface StoredCredentials {
  readonly space: URLProtectionSpace
  readonly credentials: readonly URLCredential[]
  readonly defaultCredential: URLCredential | null
}

interface Kept extends VaultEntry {
  readonly persistence: NormalCredential['persistence']
}

/**
 * Credentials for sessions to use and to fill. One may serve any number of sessions.
 *
 * Without a vault (as ephemeral sessions have it) even `permanent` credentials are gone with the
 * object. With one, they are shared by everybody who has the same vault: each call sees what other tabs have changed.
 */
export class URLCredentialStorage {
  readonly #open: (() => Promise<CredentialVault>) | null
  #vault: Promise<CredentialVault> | null = null
  /** Space → user → credential. */
  readonly #memory = new Map<string, Map<string, Kept>>()
  readonly #listeners = new Set<{ readonly call: () => void }>()
  /** Changes one after the other: each looks at what the last one left. */
  #last: Promise<unknown> = Promise.resolve()
  #latest = 0

  constructor(openVault: (() => Promise<CredentialVault>) | null = null) {
    this.#open = openVault
  }

  /** Every credential for the space. */
  async get(space: URLProtectionSpace): Promise<URLCredential[]> {
    return (await this.#kept(space)).map(credentialOf)
  }

  /** The credential that is used unasked; null when there is none. */
  async defaultCredential(space: URLProtectionSpace): Promise<URLCredential | null> {
    const found = preferred(await this.#kept(space))
    return found ? credentialOf(found) : null
  }

  /** Every space that has credentials. */
  async all(): Promise<StoredCredentials[]> {
    const spaces = new Map<string, URLProtectionSpace>()
    const stored = (await (await this.#readable())?.list()) ?? []
    for (const { space } of [...this.#remembered(), ...stored]) spaces.set(spaceKey(space), space)
    return Promise.all(
      [...spaces.values()].map(async (space) => {
        const kept = await this.#kept(space)
        const first = preferred(kept)
        return { space, credentials: kept.map(credentialOf), defaultCredential: first ? credentialOf(first) : null }
      }),
    )
  }

  /**
   * Keeps a credential; the first of a space, and the next one where there is no default, becomes it. One with persistence `'none'` is not kept.
   * @throws {TypeError} for what is no credential or no space.
   * @throws {URLError} when the vault does not take a `permanent` one; it is then kept in memory all the same.
   */
  async set(credential: URLCredential, space: URLProtectionSpace): Promise<void> {
    await this.#put(credential, space, false)
  }

  /** The same, and makes it the default of its space. */
  async setDefault(credential: URLCredential, space: URLProtectionSpace): Promise<void> {
    await this.#put(credential, space, true)
  }

  /** Forgets what is kept for that user; with the last one goes the space and its default. Nothing happens if there is none. */
  async remove({ user }: Pick<URLCredential, 'user'>, space: URLProtectionSpace): Promise<void> {
    const where = normalSpace(space)
    await this.#inTurn(async () => {
      if (!(await this.#kept(where)).some((one) => one.user === user)) return
      this.#forget(where, user)
      await (await this.#vaultIfAny())?.delete(where, user)
      this.#changed()
    })
  }

  /** Forgets everything, permanent ones too, also those whose key is lost. */
  async clear(): Promise<void> {
    await this.#inTurn(async () => {
      this.#memory.clear()
      await (await this.#vaultIfAny())?.clear()
      this.#changed()
    })
  }

  /** Resolves when everything that was set before is as durable as it gets. */
  async flush(): Promise<void> {
    await this.#last
  }

  /** Calls the listener after each change made through this object; returns what ends that. */
  subscribe(listener: () => void): () => void {
    const own = { call: listener }
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  async #put(given: URLCredential, space: URLProtectionSpace, asDefault: boolean): Promise<void> {
    const credential = normalCredential(given)
    const where = normalSpace(space)
    if (credential.persistence === 'none') return
    await this.#inTurn(async () => {
      const kept = await this.#kept(where)
      const before = kept.find((one) => one.user === credential.user)
      const isDefault = before !== undefined && preferred(kept) === before
      const becomesDefault = !isDefault && (asDefault || preferred(kept) === null)
      if (before && !becomesDefault && sameCredential(before, credential)) return
      const now = becomesDefault ? this.#stamp(kept) : (before?.preferred ?? 0)
      await this.#keep({ ...credential, space: where, preferred: now }, before ?? null)
    })
  }

  async #keep(entry: Kept, before: Kept | null): Promise<void> {
    const key = spaceKey(entry.space)
    const users = this.#memory.get(key) ?? new Map<string, Kept>()
    this.#memory.set(key, users.set(entry.user, entry))
    try {
      const vault = entry.persistence === 'permanent' || before?.persistence === 'permanent' ? this.#vaultIfAny() : null
      if (entry.persistence !== 'permanent') await (await vault)?.delete(entry.space, entry.user)
      else if (await (await vault)?.put(entry).then(() => true)) this.#forget(entry.space, entry.user)
    } finally {
      this.#changed()
    }
  }

  /** What is kept for a space: the vault's word first, since other tabs change it, then memory's. */
  async #kept(given: URLProtectionSpace): Promise<Kept[]> {
    const space = normalSpace(given)
    const stored = (await (await this.#readable())?.list(space)) ?? []
    const users = new Map(stored.map((one): [string, Kept] => [one.user, { ...one, persistence: 'permanent' }]))
    for (const [user, one] of this.#memory.get(spaceKey(space)) ?? []) users.set(user, one)
    return [...users.values()].toSorted((left, right) => (left.user < right.user ? -1 : 1))
  }

  /** A vault that cannot be opened hides what is in it, but not what is in memory. */
  async #readable(): Promise<CredentialVault | null> {
    return this.#vaultIfAny().catch(() => null)
  }

  async #vaultIfAny(): Promise<CredentialVault | null> {
    if (!this.#open) return null
    this.#vault ??= this.#open()
    try {
      return await this.#vault
    } catch (error) {
      this.#vault = null
      throw error
    }
  }

  #remembered(): Kept[] {
    return [...this.#memory.values()].flatMap((users) => [...users.values()])
  }

  #forget(space: URLProtectionSpace, user: string): void {
    const key = spaceKey(space)
    const users = this.#memory.get(key)
    users?.delete(user)
    if (users?.size === 0) this.#memory.delete(key)
  }

  /** Later than every default before, also one of a tab whose clock is ahead. */
  #stamp(kept: readonly Kept[]): number {
    this.#latest = Math.max(Date.now(), this.#latest + 1, ...kept.map((one) => one.preferred + 1))
    return this.#latest
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#last.then(work)
    this.#last = run.catch(() => undefined)
    return run
  }

  #changed(): void {
    for (const { call } of [...this.#listeners]) {
      try {
        call()
      } catch (cause) {
        // As the platform shows errors in event listeners; the credential is kept nevertheless.
        queueMicrotask(() => {
          throw cause
        })
      }
    }
  }
}

/** The one that was made the default last, or none: a default that was removed has no successor. */
function preferred(kept: readonly Kept[]): Kept | null {
  return kept.reduce<Kept | null>((best, one) => (one.preferred > (best?.preferred ?? 0) ? one : best), null)
}

const credentialOf = ({ user, password, persistence }: Kept): URLCredential =>
  Object.freeze({ user, password, persistence })
