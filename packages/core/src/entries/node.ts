/** `urlsession` in Node, Deno and Bun: the same engine in the same thread, files and records on disk. */
import { resolve } from 'node:path'
import { NODE_SCHEMES } from '../model/schemes.ts'
import { capabilitiesOf, nodeCapabilities } from '../platform/node/node-capabilities.ts'
import { nodeChance } from '../platform/node/node-chance.ts'
import { nodePlatform } from '../platform/node/node-platform.ts'
import { bindURLSession, type BoundURLSession, type URLSessionConstructor } from '../session/bind.ts'
import { inlineRung } from '../wire/connection.ts'
import { LadderHost } from '../wire/ladder-host.ts'

export * from './public.ts'
export { URLCookieStorage } from '../platform/node/cookie-storage.ts'
export type { CookiePlace, HTTPCookie, HTTPCookieProperties } from '../platform/node/cookie-values.ts'

/** One object that coordinates an app's transfers. */
export type URLSession = BoundURLSession
export const URLSession: URLSessionConstructor = bindURLSession({
  baseURL: () => null,
  capabilities: (facts) => (facts ? capabilitiesOf(facts.fileStore.reason) : nodeCapabilities),
  uid: () => nodeChance.uid(),
  saveBlob: null,
  absolutePath: (path) => resolve(path),
  schemes: NODE_SCHEMES,
  async dataLane(settings, protocols) {
    const [{ DataLane }, { nextHop }, { connectivity, nodeTransport }, { nodeClock }, { builtInProtocols }] =
      await Promise.all([
        import('../loading/data-lane.ts'),
        import('../loading/redirects.ts'),
        import('../platform/node/node-network.ts'),
        import('../platform/node/node-clock.ts'),
        import('../platform/node/built-in-protocols.ts'),
      ])
    return new DataLane(
      {
        transport: nodeTransport(settings),
        connectivity,
        clock: nodeClock,
        chance: nodeChance,
        nextHop,
        protocols,
        builtIn: builtInProtocols(),
        origin: null,
        reach: null,
      },
      settings,
    )
  },
  host: async () => (hello, listener) =>
    new LadderHost(hello, listener, [
      inlineRung('this process', async (post) => {
        const [{ Engine }, { nextHop }] = await Promise.all([
          import('../transfers/engine.ts'),
          import('../loading/redirects.ts'),
        ])
        return new Engine(nodePlatform, post, nextHop)
      }),
    ]),
})
