/** What the browser entries share: all but the way to their own worker file. */
import { SessionConfiguration } from '../model/configuration.ts'
import { assertBrowserCan } from '../model/network-options.ts'
import { BROWSER_SCHEMES } from '../model/schemes.ts'
import { browserCapabilities } from '../platform/browser/browser-capabilities.ts'
import { browserChance } from '../platform/browser/browser-chance.ts'
import { browserNotes } from '../platform/browser/browser-notes.ts'
import type { SessionEnvironment } from '../session/session-environment.ts'
import type { HostFactory, HostOptions } from '../wire/host.ts'

/** @param loadHost Loads what starts the engine; called with the first transfer. */
export const browserEnvironment = (loadHost: (options: HostOptions) => Promise<HostFactory>): SessionEnvironment => ({
  baseURL: () => ('document' in globalThis ? document.baseURI : location.href),
  capabilities: (facts, refused) =>
    browserCapabilities({ engine: typeof Worker === 'function' ? 'worker' : 'inline', ...facts, refused }),
  uid: () => browserChance.uid(),
  configurations: SessionConfiguration,
  options: { notes: browserNotes, assertCan: assertBrowserCan },
  cookies: null,
  absolutePath: null,
  saveBlob: async (blob, name) => (await saving()).saveBlob(blob, name),
  schemes: BROWSER_SCHEMES,
  dataLane: async (configuration) => (await import('./browser-data-lane.ts')).browserDataLane(configuration),
  host(options) {
    // With the first transfer, so that what came can be saved when the network is gone.
    saving().catch(() => {})
    return loadHost(options)
  },
})

const saving = (): Promise<typeof import('./save-blob.page.ts')> => import('./save-blob.page.ts')
