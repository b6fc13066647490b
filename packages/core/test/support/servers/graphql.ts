/** Owns: a GraphQL server over WebSockets, by graphql-ws itself: what its client expects, and nothing of ours. */
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'

// A test runner finds another copy of it than graphql-ws does, and two copies refuse each other's schemas.
const { buildSchema } = createRequire(import.meta.url)('graphql') as typeof import('graphql')

export interface GraphQLServer {
  readonly url: string
  stop(): Promise<void>
}

export async function startGraphQL(): Promise<GraphQLServer> {
  const server = createServer()
  const sockets = new WebSocketServer({ server, path: '/graphql' })
  const schema = buildSchema('type Query { hello: String } type Subscription { countdown(from: Int): Int }')
  const roots = { query: { hello: () => 'world' }, subscription: { countdown } }
  const handling = useServer({ schema, roots }, sockets)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `ws://127.0.0.1:${port}/graphql`,
    async stop() {
      await handling.dispose()
      server.close()
      server.closeAllConnections()
    },
  }
}

async function* countdown({ from }: { from: number }): AsyncGenerator<{ countdown: number }> {
  for (let left = from; left > 0; left--) yield { countdown: left }
}
