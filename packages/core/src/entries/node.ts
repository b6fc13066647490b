/** `urlsession` in Node, Deno and Bun: the same engine in the same thread, files and records on disk. */
import { resolve } from 'node:path'
import type { URLCredentialStorage } from '../loading/authentication/credential-storage.ts'
import type { URLCache, URLCacheOptions } from '../loading/cache/url-cache.ts'
import { NODE_SCHEMES } from '../model/schemes.ts'
import { capabilitiesOf, nodeCapabilities } from '../platform/node/node-capabilities.ts'
import { nodeChance } from '../platform/node/node-chance.ts'
import type { URLCookieStorage } from '../platform/node/cookie-storage.ts'
import { cookieStorageOf, sharedCookies } from '../platform/node/node-network.ts'
import { nodeNotes } from '../platform/node/node-notes.ts'
import { nodePlatform } from '../platform/node/node-platform.ts'
import { SessionConfiguration } from '../platform/node/session-configuration.ts'
import { bindURLSession, type BoundURLSession, type URLSessionConstructor } from '../session/bind.ts'
import { inlineRung } from '../wire/connection.ts'
import { LadderHost } from '../wire/ladder-host.ts'

export * from './public.ts'
export { SessionConfiguration } from '../platform/node/session-configuration.ts'
export { URLCookieStorage } from '../platform/node/cookie-storage.ts'
export type { CookiePlace, HTTPCookie, HTTPCookieProperties } from '../platform/node/cookie-values.ts'

/**
 * A storage of credentials for the `credentialStorage` of sessions: to fill beforehand, and to share. Credentials with the persistence
 * `'permanent'` are kept in the state directory, encrypted with a key that only this user may read.
 * @param options `directory`: the state directory; default: the platform's own.
 */
export async function openCredentialStorage({ directory }: { directory?: string } = {}): Promise<URLCredentialStorage> {
  const [{ URLCredentialStorage }, { openVault }] = await Promise.all([
    import('../loading/authentication/credential-storage.ts'),
    import('../platform/node/credential-vault.ts'),
  ])
  return new URLCredentialStorage(() => openVault(directory ?? null))
}

/**
 * The cookies that default and background sessions of a state directory have in common, where they have the option `cookies`: to look at, and
 * to change. An ephemeral session's are nobody else's. It needs the package `tough-cookie`, without which its methods fail.
 * @param options `directory`: the state directory; default: the platform's own.
 */
export async function openCookieStorage({ directory }: { directory?: string } = {}): Promise<URLCookieStorage> {
  return sharedCookies(directory ?? null)
}

/**
 * A cache for the `cache` of sessions: answers of requests are kept in memory, and for all processes as files of the state directory.
 * @param options `directory`: the state directory; default: the platform's own.
 * @throws {TypeError} for options that are none.
 */
export async function openURLCache(options: URLCacheOptions & { directory?: string } = {}): Promise<URLCache> {
  const [{ URLCache }, { openCacheRecords }] = await Promise.all([
    import('../loading/cache/url-cache.ts'),
    import('../platform/node/cache-records.ts'),
  ])
  return new URLCache(
    options,
    () => nodeChance.uid(),
    () => openCacheRecords(options.directory ?? null),
  )
}

/** One object that coordinates an app's transfers. */
export type URLSession = BoundURLSession
export const URLSession: URLSessionConstructor = bindURLSession({
  baseURL: () => null,
  capabilities: (facts) => (facts ? capabilitiesOf(facts.fileStore.reason) : nodeCapabilities),
  uid: () => nodeChance.uid(),
  configurations: SessionConfiguration,
  options: { notes: nodeNotes, assertCan: () => {} },
  cookies: cookieStorageOf,
  saveBlob: null,
  absolutePath: (path) => resolve(path),
  schemes: NODE_SCHEMES,
  async dataLane(configuration) {
    const [
      { DataLane },
      { nextHop },
      { connectivity, nodeTransport, proxyAskedBy },
      { codedTransport },
      { nodeClock },
      { builtInProtocols },
      { droppedHeaders },
    ] = await Promise.all([
      import('../loading/data-lane.ts'),
      import('../loading/redirects.ts'),
      import('../platform/node/node-network.ts'),
      import('../platform/node/coded-transport.ts'),
      import('../platform/node/node-clock.ts'),
      import('../platform/node/built-in-protocols.ts'),
      import('../platform/node/dropped-headers.ts'),
    ])
    const { protocols, settings } = configuration
    return new DataLane(
      {
        transport: codedTransport(nodeTransport(settings)),
        connectivity,
        clock: nodeClock,
        chance: nodeChance,
        nextHop,
        sockets: async () => (await import('../platform/node/web-socket-transport.ts')).nodeSockets(settings),
        protocols,
        builtIn: builtInProtocols(),
        authentication: {
          loadDigest: async () => (await import('../platform/digest/http-digest.ts')).digestScheme,
          // There are no tabs, and other processes have tokens of their own.
          withLock: (_name, work) => work(),
          proxyFor: proxyAskedBy(settings),
          openVault: async () => (await import('../platform/node/credential-vault.ts')).openVault(settings.directory),
        },
        origin: null,
        reach: null,
        dropped: droppedHeaders,
        // Node knows nothing of the kind.
        networkStatus: () => ({}),
      },
      configuration,
    )
  },
  host: async () => (hello, listener) =>
    new LadderHost(hello, listener, [
      inlineRung('this process', async (post) => {
        const [{ Engine }, { nextHop }] = await Promise.all([
          import('../transfers/engine.ts'),
          import('../loading/redirects.ts'),
        ])
        return new Engine(nodePlatform, post, async () => (await import('./node-uploads.ts')).uploads, nextHop)
      }),
    ]),
})
