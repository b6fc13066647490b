/** Owns what a credential is: plain data, checked once. */
import { isText } from './checks.ts'

/**
 * How long a credential that worked is kept: `'none'` not at all beyond the task, `'forSession'` in memory, `'permanent'` also
 * encrypted in the platform's storage, where the storage it is set in has one.
 */
export type CredentialPersistence = 'none' | 'forSession' | 'permanent'

/** A user and what proves it; plain data. */
export interface URLCredential {
  readonly user: string
  readonly password: string
  /** Default `'forSession'`. */
  readonly persistence?: CredentialPersistence
}

/** A credential with nothing left to a default. */
export type NormalCredential = Required<URLCredential>

const PERSISTENCES = new Set<unknown>(['none', 'forSession', 'permanent'])
const LONGEST = 65_536

/**
 * A frozen copy with its default filled in.
 * @throws {TypeError} that names the field; the password itself is never shown.
 */
export function normalCredential(given: URLCredential): NormalCredential {
  if (typeof given !== 'object' || given === null)
    throw new TypeError('credential: was no object; allowed is { user, password, persistence }')
  const { user, password, persistence = 'forSession' } = given
  for (const [name, value] of Object.entries({ user, password })) {
    if (!isText(value, 0, LONGEST))
      throw new TypeError(`credential: "${name}" was no text of at most ${LONGEST} characters`)
  }
  if (!PERSISTENCES.has(persistence))
    throw new TypeError('credential: "persistence" was something else; allowed is "none", "forSession" or "permanent"')
  return Object.freeze({ user, password, persistence })
}

export const sameCredential = (left: NormalCredential, right: NormalCredential): boolean =>
  left.user === right.user && left.password === right.password && left.persistence === right.persistence
