/** A storage of credentials in a browser; its code comes when it is opened. */
import type { URLCredentialStorage } from '../loading/authentication/credential-storage.ts'

/**
 * A storage of credentials for the `credentialStorage` of sessions: to fill beforehand, and to share. Credentials with the persistence
 * `'permanent'` are kept for the origin, encrypted with a key that no script can read.
 */
export async function openCredentialStorage(): Promise<URLCredentialStorage> {
  const [{ URLCredentialStorage }, { openVault }] = await Promise.all([
    import('../loading/authentication/credential-storage.ts'),
    import('../platform/browser/credential-vault.ts'),
  ])
  return new URLCredentialStorage(openVault)
}
