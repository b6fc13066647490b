/** A WebSocket takes the way of its session: its proxy, its TLS, its cookies, its credentials; on a real server of `ws`. */
import { once } from 'node:events'
import { createServer as createPlain, type IncomingMessage } from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { AddressInfo } from 'node:net'
import { SessionConfiguration, URLSession, type ConfigurationOptions, type SessionDelegate } from 'urlsession'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { authority, server as identity } from './support/authority.ts'
import { proxyServer } from './support/proxy-server.ts'
import { scratch } from './support/scratch.ts'

interface Door {
  /** The answer in the place of an upgrade, or null to open. */
  readonly refuses?: (request: IncomingMessage) => string | null
  /** Header lines of the upgrade. */
  readonly says?: (request: IncomingMessage) => string[]
  readonly secure?: boolean
}

/** A server that says to each socket what its request was, and what was asked of it so far. */
async function socketServer({ refuses, says, secure = false }: Door = {}) {
  const asked: IncomingMessage[] = []
  const http = secure ? createSecure(identity) : createPlain()
  const sockets = new WebSocketServer({ noServer: true })
  sockets.on('headers', (lines, request) => lines.push(...(says?.(request) ?? [])))
  http.on('upgrade', (request, socket, head) => {
    asked.push(request)
    const answer = refuses?.(request) ?? null
    if (answer !== null) return void socket.end(`HTTP/1.1 ${answer}\r\nContent-Length: 0\r\n\r\n`)
    sockets.handleUpgrade(request, socket, head, (one) => one.send(JSON.stringify(request.headers)))
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate()
    http.close()
  })
  const { port } = http.address() as AddressInfo
  return { url: `${secure ? 'wss' : 'ws'}://127.0.0.1:${port}/`, port, asked }
}

async function sessionOf(options: ConfigurationOptions, delegate: SessionDelegate | null = null): Promise<URLSession> {
  const session = new URLSession(SessionConfiguration.ephemeral({ directory: await scratch(), ...options }), delegate)
  onTestFinished(() => session.close())
  return session
}

/** What the server saw of one socket, which is closed again. */
async function seen(session: URLSession, url: string): Promise<Record<string, string>> {
  const task = session.webSocketTask(url).resume()
  const headers = JSON.parse(String(await task.receive())) as Record<string, string>
  task.close()
  await task.finished
  return headers
}

test('cookies that a handshake sets go with the next one, and with requests', async () => {
  const server = await socketServer({ says: () => ['Set-Cookie: seat=12A; Path=/; HttpOnly'] })
  const session = await sessionOf({ cookies: {} })
  expect((await seen(session, server.url))['cookie']).toBeUndefined()
  expect((await seen(session, server.url))['cookie']).toBe('seat=12A')
  expect((await seen(await sessionOf({}), server.url))['cookie']).toBeUndefined()
})

test('cookies are not sent where a session does without', async () => {
  const server = await socketServer({ says: () => ['Set-Cookie: seat=12A'] })
  const session = await sessionOf({ cookies: { set: false } })
  for (const _ of [1, 2]) expect((await seen(session, server.url))['cookie']).toBeUndefined()
})

test('a 401 is asked of the delegate, and the next socket has the answer with it', async () => {
  const good = `Basic ${btoa('ada:s3cret')}`
  const server = await socketServer({
    refuses: ({ headers }) =>
      headers.authorization === good ? null : '401 Who?\r\nWWW-Authenticate: Basic realm="sockets"',
  })
  const counts: number[] = []
  const session = await sessionOf(
    {},
    {
      didReceiveChallenge: (task, { protectionSpace, previousFailureCount }) => {
        expect([task.kind, protectionSpace.realm]).toEqual(['webSocket', 'sockets'])
        counts.push(previousFailureCount)
        return { use: { user: 'ada', password: previousFailureCount === 0 ? 'wrong' : 's3cret' } }
      },
    },
  )
  expect((await seen(session, server.url))['authorization']).toBe(good)
  expect((await seen(session, server.url))['authorization']).toBe(good)
  expect(counts).toEqual([0, 1])
  expect(server.asked).toHaveLength(4)
})

test('a 401 that nobody answers is the failure, with its status', async () => {
  const server = await socketServer({ refuses: () => '401 Who?\r\nWWW-Authenticate: Basic realm="sockets"' })
  const task = (await sessionOf({ retry: { attempts: 1 } })).webSocketTask(server.url).resume()
  await expect(task.finished).rejects.toMatchObject({ code: 'badServerResponse', status: 401 })
  expect(server.asked).toHaveLength(1)
})

test('a bearer token goes along, and is renewed once when it is refused', async () => {
  const server = await socketServer({
    refuses: ({ headers }) =>
      headers.authorization === 'Bearer new' ? null : '401 Old\r\nWWW-Authenticate: Bearer error="invalid_token"',
  })
  let renewed = 0
  const session = await sessionOf({
    bearer: {
      origins: [server.url.replace('ws', 'http')],
      token: () => (renewed === 0 ? 'old' : 'new'),
      refresh: async () => {
        renewed++
        return 'new'
      },
    },
  })
  const both = await Promise.all([seen(session, server.url), seen(session, server.url)])
  expect(both.map(({ authorization }) => authorization)).toEqual(['Bearer new', 'Bearer new'])
  expect(renewed).toBe(1)
})

test.each(['http', 'https'])('goes by way of the session’s %s proxy, and trusts its authority', async (scheme) => {
  const proxy = await proxyServer({ user: 'ada:s3cret', secure: scheme === 'https' })
  const [plain, secure] = [await socketServer(), await socketServer({ secure: true })]
  const session = await sessionOf({
    proxy: `${scheme}://ada:s3cret@127.0.0.1:${proxy.port}`,
    tls: { ca: authority },
    transportSecurity: { allowsArbitraryLoads: true },
  })
  for (const { url } of [plain, secure]) expect(await seen(session, url)).not.toHaveProperty('proxy-authorization')
  expect(proxy.asked).toEqual([plain, secure].map(({ port }) => `CONNECT ada:s3cret@127.0.0.1:${port}`))
})

test('a certificate that nobody vouches for is refused before a byte is said', async () => {
  const server = await socketServer({ secure: true })
  const task = (await sessionOf({ retry: { attempts: 1 } })).webSocketTask(server.url).resume()
  await expect(task.finished).rejects.toMatchObject({ code: expect.stringMatching(/^serverCertificate/) })
  expect(server.asked).toEqual([])
})
