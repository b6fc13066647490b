/** Owns: the schemes that Node loads besides http and https. Why lazily: most programs ask for none of them. */
import { lazily } from '../../loading/protocols/lazily.ts'
import type { URLProtocol } from '../../model/url-protocol.ts'

export const builtInProtocols = (): readonly URLProtocol[] => [
  lazily('data', async () => (await import('../../loading/protocols/data-protocol.ts')).dataProtocol),
  lazily('blob', async () => (await import('./blob-protocol.ts')).blobProtocol),
  lazily('file', async () => (await import('./file-protocol.ts')).fileProtocol),
  lazily('ftp', async () => (await import('./ftp-protocol.ts')).ftpProtocol),
]
