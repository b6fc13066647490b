/**
 * Owns the key that seals permanent credentials in a browser: made once for each origin, kept in IndexedDB, and not extractable,
 * so that no script can read it. That protects credentials from whoever gets a copy of the profile's records or of what a
 * script dumped. It does not protect them from script that runs in this origin: it can use the key, as we do.
 */
import { URLError } from '../../model/url-error.ts'
import { connect, settled } from './record-connection.ts'

const DATABASE = 'urlsession-keys'
const NAME = 'credentials'

/** @throws {URLError} `unsupportedByPlatform` where there is no WebCrypto (http pages) or a key cannot be stored. */
export async function credentialKey(database: string = DATABASE): Promise<CryptoKey> {
  try {
    const transact = connect(database, 'keys')
    const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
    // In one transaction: of two tabs that start at once, the second takes the first one's key.
    return await transact('readwrite', async (store) => {
      const found = await settled<unknown>(store.get(NAME))
      if (found instanceof CryptoKey) return found
      await settled(store.put(made, NAME))
      return made
    })
  } catch (cause) {
    throw new URLError('unsupportedByPlatform', {
      phase: 'storage',
      why: 'permanent credentials need WebCrypto and IndexedDB, which this page does not have',
      hint: 'serve the page over https, or use persistence "forSession"',
      cause,
    })
  }
}
