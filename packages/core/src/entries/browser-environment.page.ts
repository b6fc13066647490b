/** What the browser entries share: all but the way to their own worker file. */
import { assertBrowserCan } from '../model/network-options.ts'
import { BROWSER_SCHEMES } from '../model/schemes.ts'
import { browserCapabilities } from '../platform/browser/browser-capabilities.ts'
import { browserChance } from '../platform/browser/browser-chance.ts'
import { browserNotes } from '../platform/browser/browser-notes.ts'
import { URLError } from '../model/url-error.ts'
import type { SessionEnvironment } from '../session/session-environment.ts'
import type { HostFactory, HostOptions } from '../wire/host.ts'

/** @param loadHost Loads what starts the engine; called with the first transfer. */
export const browserEnvironment = (loadHost: (options: HostOptions) => Promise<HostFactory>): SessionEnvironment => ({
  baseURL: () => ('document' in globalThis ? document.baseURI : location.href),
  capabilities: (facts, refused) =>
    browserCapabilities({ engine: typeof Worker === 'function' ? 'worker' : 'inline', ...facts, refused }),
  uid: () => browserChance.uid(),
  assertCan: assertBrowserCan,
  notes: browserNotes,
  cookies: null,
  absolutePath: null,
  saveBlob: 'document' in globalThis ? saveBlob : cannotSave,
  schemes: BROWSER_SCHEMES,
  dataLane: async (configuration) => (await import('./browser-data-lane.ts')).browserDataLane(configuration),
  host: loadHost,
})

/** Milliseconds after which a saved blob's address is given back; the browser has opened it long before. */
const ADDRESS_LIFE = 60_000

function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), ADDRESS_LIFE)
}

/** For places where files can be neither saved to a path nor handed to a user. */
function cannotSave(): never {
  throw new URLError('unsupportedByPlatform', {
    phase: 'delivery',
    why: 'only a page can hand a file to the user',
    hint: 'post file.blob() to a page and save it there',
  })
}
