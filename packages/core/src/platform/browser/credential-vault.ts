/** Permanent credentials in a browser: sealed with a key that the origin has and nobody can read. */
import type { CredentialVault } from '../../loading/authentication/credential-storage.ts'
import { sealedCredentials } from '../../loading/authentication/sealed-credentials.ts'
import { credentialKey } from './credential-key.ts'
import { IDBRecords } from './idb-records.ts'

export const openVault = async (): Promise<CredentialVault> =>
  sealedCredentials(new IDBRecords(), await credentialKey())
