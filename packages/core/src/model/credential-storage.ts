/** A storage of credentials as a session uses it. */
import type { URLCredential } from './credential.ts'
import type { URLProtectionSpace } from './protection-space.ts'

/** What `URLCredentialStorage` is to a session. */
export interface CredentialStorage {
  defaultCredential(space: URLProtectionSpace): Promise<URLCredential | null>
  set(credential: URLCredential, space: URLProtectionSpace): Promise<void>
  setDefault(credential: URLCredential, space: URLProtectionSpace): Promise<void>
  clear(): Promise<void>
  /** Resolves when what was set is stored. */
  flush(): Promise<void>
}
