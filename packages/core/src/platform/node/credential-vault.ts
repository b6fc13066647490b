/** Owns: permanent credentials in Node: records of the state directory, sealed with the key that stands beside them. */
import { join } from 'node:path'
import type { CredentialVault } from '../../loading/authentication/credential-storage.ts'
import { sealedCredentials } from '../../loading/authentication/sealed-credentials.ts'
import { credentialKey } from './credential-key.ts'
import { openFileRecords } from './file-records.ts'
import { stateDirectory } from './state-directory.ts'

export async function openVault(directory: string | null): Promise<CredentialVault> {
  const root = directory ?? stateDirectory()
  return sealedCredentials(await openFileRecords(join(root, 'records')), await credentialKey(root))
}
