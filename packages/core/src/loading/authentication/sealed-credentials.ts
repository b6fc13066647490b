/**
 * Owns permanent credentials at rest: one record for each space and user, sealed with AES-GCM (NIST SP 800-38D) under a key that
 * the platform keeps. Its names are hashed, so a record shows neither server nor user; it is sealed to its key, so that
 * records cannot be exchanged for each other.
 */
import { isNumber, isText } from '../../model/checks.ts'
import { normalSpace, spaceKey, type URLProtectionSpace } from '../../model/protection-space.ts'
import type { RecordStore } from '../../ports/record-store.ts'
import type { CredentialVault, VaultEntry } from './credential-storage.ts'
import { hex, utf8 } from './octets.ts'

/** No namespace of a session: those are `default` and `background.…`. */
const PREFIX = 'credentials/'

interface Sealed {
  readonly version: 1
  readonly iv: Uint8Array<ArrayBuffer>
  readonly sealed: Uint8Array<ArrayBuffer>
}

/** @param key Of AES-GCM, for `encrypt` and `decrypt`; need not be extractable, and should not be. */
export const sealedCredentials = (records: RecordStore, key: CryptoKey): CredentialVault => ({
  async list(space) {
    const found = await records.entries(space ? await folderOf(space) : PREFIX)
    const opened = await Promise.all(found.map(([name, record]) => open(key, name, record)))
    return opened.filter((entry) => entry !== null)
  },
  async put({ space, user, password, preferred }) {
    const name = await nameOf(space, user)
    await records.set(name, await seal(key, name, { space, user, password, preferred }))
  },
  delete: async (space, user) => records.delete(await nameOf(space, user)),
  async clear() {
    for (const [name] of await records.entries(PREFIX)) await records.delete(name)
  },
})

const folderOf = async (space: URLProtectionSpace): Promise<string> => `${PREFIX}${await short(spaceKey(space))}/`

const nameOf = async (space: URLProtectionSpace, user: string): Promise<string> =>
  `${await folderOf(space)}${await short(user)}`

/** 128 bits of SHA-256. */
const short = async (text: string): Promise<string> =>
  hex(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text)))).slice(0, 32)

async function seal(key: CryptoKey, name: string, entry: VaultEntry): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const text = utf8(JSON.stringify(entry))
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: utf8(name) }, key, text)
  return { version: 1, iv, sealed: new Uint8Array(sealed) }
}

/** Null for what this key did not seal under this name, and for records of later versions: they are left where they are. */
async function open(key: CryptoKey, name: string, record: unknown): Promise<VaultEntry | null> {
  try {
    const { version, iv, sealed } = record as Sealed
    if (version !== 1) return null
    const text = await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: utf8(name) }, key, sealed)
    return entryOf(JSON.parse(new TextDecoder().decode(text)))
  } catch {
    return null
  }
}

function entryOf(value: VaultEntry): VaultEntry | null {
  const { space, user, password, preferred } = value
  if (!isText(user, 0, 65_536) || !isText(password, 0, 65_536) || !isNumber(preferred)) return null
  return { space: normalSpace(space), user, password, preferred }
}
