/** The schemes that a page or worker loads besides http and https. Each one's code comes with its first request. */
import { lazily } from '../../loading/protocols/lazily.ts'
import type { URLProtocol } from '../../model/url-protocol.ts'

export const builtInProtocols = (): readonly URLProtocol[] => [
  lazily('data', async () => (await import('../../loading/protocols/data-protocol.ts')).dataProtocol),
  lazily('blob', async () => (await import('./blob-protocol.ts')).blobProtocol),
  lazily('opfs', async () => (await import('./opfs-protocol.ts')).opfsProtocol),
]
