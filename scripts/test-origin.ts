/**
 * Owns the servers every test run shares: two fault-injecting origins, so that a test has "the same" and "another" one.
 * Tests read their addresses with `inject('origin')` and `inject('otherOrigin')` and steer them with `remoteOrigin(url)`. A POST to
 * `/__private` of the first starts one more, for a test that restarts its origin; `/__private?stop=<url>` ends it for good. A POST to
 * `/__server?name=<name>` answers with a real server's facts, and starts it if it does not run; to `/__graphql` with the address of a
 * GraphQL server over WebSockets; to `/__handshakes` with that of one that answers handshakes wrongly; to `/__faulty?name=<name>&seed=<n>` with the address of a bad line to such a server.
 */
import type { TestProject } from 'vitest/node'
import { startGraphQL } from '../packages/core/test/support/servers/graphql.ts'
import { type FaultyProxy, startFaultyProxy } from '../packages/core/test/support/servers/faulty-proxy.ts'
import { startHandshakes } from '../packages/core/test/support/servers/handshakes.ts'
import { RealServers } from '../packages/core/test/support/servers/index.ts'
import { type Exchange, type Origin, type OriginOptions, startOrigin } from '../packages/testing/src/origin/index.ts'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started: Origin[] = []
  const start = async (options: OriginOptions = {}): Promise<Origin> => {
    const origin = await startOrigin(options)
    started.push(origin)
    return origin
  }
  const startOrStop = async (exchange: Exchange): Promise<void> => {
    const url = new URL(exchange.entry.url, origin.url).searchParams.get('stop')
    const answer = url === null ? (await start()).url : 'stopped'
    await started.find((one) => one.url === url)?.stop()
    exchange.head(200, [
      ['Content-Type', 'text/plain'],
      ['Access-Control-Allow-Origin', '*'],
    ])
    exchange.response.end(answer)
  }
  const servers = new RealServers()
  const tellServer = async (exchange: Exchange): Promise<void> => {
    const name = new URL(exchange.entry.url, origin.url).searchParams.get('name') ?? ''
    const facts = await servers.facts(name).catch((error: unknown) => String(error))
    exchange.head(typeof facts === 'string' ? 500 : 200, [
      ['Content-Type', 'application/json'],
      ['Access-Control-Allow-Origin', '*'],
    ])
    exchange.response.end(typeof facts === 'string' ? facts : JSON.stringify(facts))
  }
  let graphql: ReturnType<typeof startGraphQL> | null = null
  const tellGraphQL = async (exchange: Exchange): Promise<void> => {
    const { url } = await (graphql ??= startGraphQL())
    exchange.head(200, [['Access-Control-Allow-Origin', '*']])
    exchange.response.end(url)
  }
  let handshakes: ReturnType<typeof startHandshakes> | null = null
  const tellHandshakes = async (exchange: Exchange): Promise<void> => {
    const { url } = await (handshakes ??= startHandshakes())
    exchange.head(200, [['Access-Control-Allow-Origin', '*']])
    exchange.response.end(url)
  }
  const proxies: FaultyProxy[] = []
  const tellFaulty = async (exchange: Exchange): Promise<void> => {
    const { searchParams } = new URL(exchange.entry.url, origin.url)
    const { url } = await servers.facts(searchParams.get('name') ?? '')
    const proxy = await startFaultyProxy(url, Number(searchParams.get('seed')))
    proxies.push(proxy)
    exchange.head(200, [['Access-Control-Allow-Origin', '*']])
    exchange.response.end(proxy.url)
  }
  const routes = {
    '/__faulty': tellFaulty,
    '/__private': startOrStop,
    '/__server': tellServer,
    '/__graphql': tellGraphQL,
    '/__handshakes': tellHandshakes,
  }
  const [origin, other] = await Promise.all([start({ routes }), start()])
  project.provide('origin', origin.url)
  project.provide('otherOrigin', other.url)
  return async () => {
    await (await graphql)?.stop()
    ;(await handshakes)?.stop()
    await Promise.all([...started, ...proxies].map((one) => one.stop()))
    await servers.stop()
  }
}
