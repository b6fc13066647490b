/** A proxy that wants to know who asks, by way of a session: its delegate is asked, for whole requests and for connections alike. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import {
  SessionConfiguration,
  URLSession,
  type ChallengeDisposition,
  type ConfigurationOptions,
  type URLAuthenticationChallenge,
} from 'urlsession'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { authority, server } from './support/authority.ts'
import { proxyServer } from './support/proxy-server.ts'
import { ok, rawServer } from './support/raw-server.ts'
import { scratch } from './support/scratch.ts'
import { tlsServer } from './support/tls-server.ts'

const ada = { user: 'ada', password: 's3cret' }
const insecure = { transportSecurity: { allowsArbitraryLoads: true } }

/** A session whose delegate answers these in turn, the last again and again, and what it was asked. */
async function sessionOf(options: ConfigurationOptions, ...answers: ChallengeDisposition[]) {
  const asked: URLAuthenticationChallenge[] = []
  const configuration = SessionConfiguration.ephemeral({ directory: await scratch(), ...insecure, ...options })
  const session = new URLSession(configuration, {
    didReceiveChallenge: (_task, challenge) => answers[asked.push(challenge) - 1] ?? answers.at(-1) ?? 'default',
  })
  onTestFinished(() => session.close())
  return { session, asked }
}

const textOf = async (session: URLSession, url: string): Promise<string> =>
  new TextDecoder().decode((await session.data(url)).data)

test.each([false, true])(
  'is answered by a delegate, and the next requests take it along (https proxy: %s)',
  async (secure) => {
    const proxy = await proxyServer({ user: 'ada:s3cret', secure })
    const plain = await rawServer((socket, request) => socket.write(ok(request)))
    const host = await tlsServer(server)
    const way = `${secure ? 'https' : 'http'}://127.0.0.1:${proxy.port}`
    const { session, asked } = await sessionOf(
      { proxy: way, tls: { ca: authority } },
      { use: { user: 'ada', password: 'wrong' } },
      { use: ada },
    )
    expect(await textOf(session, host.url)).toBe('nobody')
    const { file } = await session.download(`${host.url}/file`)
    expect(await (await file.blob()).text()).toBe('nobody')
    expect(await textOf(session, plain.url)).not.toMatch(/proxy-authorization/i)
    expect(asked.map(({ previousFailureCount }) => previousFailureCount)).toEqual([0, 1])
    expect(asked[0]).toMatchObject({
      protectionSpace: {
        host: '127.0.0.1',
        port: proxy.port,
        protocol: secure ? 'https' : 'http',
        authenticationMethod: 'basic',
        isProxy: true,
      },
      failureResponse: { status: 407, url: way },
    })
  },
)

test('is asked about for a download too, and for a WebSocket', async () => {
  const proxy = await proxyServer({ user: 'ada:s3cret' })
  const host = await tlsServer(server)
  const options = { proxy: `http://127.0.0.1:${proxy.port}`, tls: { ca: authority } }
  const first = await sessionOf(options, { use: ada })
  const { file } = await first.session.download(host.url)
  expect(await (await file.blob()).text()).toBe('nobody')
  expect(first.asked).toHaveLength(1)

  const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(sockets, 'listening')
  onTestFinished(() => sockets.close())
  sockets.on('connection', (socket, { headers }) => socket.send(headers['proxy-authorization'] ?? 'nothing'))
  const second = await sessionOf(options, { use: ada })
  const task = second.session.webSocketTask(`ws://127.0.0.1:${(sockets.address() as AddressInfo).port}/`).resume()
  expect(await task.receive()).toBe('nothing')
  expect(second.asked.map(({ protectionSpace }) => protectionSpace.isProxy)).toEqual([true])
  task.close()
  await task.finished
})

test('that nobody answers is an error for https and the answer for http, and a cancelled one ends the task', async () => {
  const proxy = await proxyServer({ user: 'ada:s3cret' })
  const host = await tlsServer(server)
  const options = { proxy: `http://127.0.0.1:${proxy.port}`, tls: { ca: authority } }
  const { session, asked } = await sessionOf(options, { use: null })
  for (const sending of [session.data(host.url), session.download(host.url)])
    await expect(sending).rejects.toMatchObject({
      code: 'userAuthenticationRequired',
      status: 407,
      url: `${host.url}/`,
    })
  expect((await session.data('http://host.test/')).response.status).toBe(407)
  expect(asked).toHaveLength(3)
  const cancelling = await sessionOf(options, 'cancel')
  await expect(cancelling.session.data(host.url)).rejects.toMatchObject({ code: 'cancelled' })
  expect(host.handshakes()).toBe(0)
})

test('is never believed to come from a proxy where a host behind it says so', async () => {
  const proxy = await proxyServer()
  const host = createServer((_request, response) =>
    response.writeHead(407, { 'proxy-authenticate': 'Basic realm="give me"' }).end('mine'),
  )
  const secure = (await import('node:https')).createServer(server, (request, response) => {
    host.emit('request', request, response)
  })
  secure.listen(0, '127.0.0.1')
  await once(secure, 'listening')
  onTestFinished(() => void secure.close())
  onTestFinished(() => secure.closeAllConnections())
  const { session, asked } = await sessionOf(
    { proxy: `http://127.0.0.1:${proxy.port}`, tls: { ca: authority } },
    { use: ada },
  )
  const url = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/`
  const { data, response } = await session.data(url)
  expect([response.status, new TextDecoder().decode(data)]).toEqual([407, 'mine'])
  expect(asked).toEqual([])
})

test('gives each user a connection of his own', async () => {
  const proxy = await proxyServer({ user: 'ada:s3cret' })
  const host = await tlsServer(server)
  const options = { proxy: `http://127.0.0.1:${proxy.port}`, tls: { ca: authority } }
  const first = await sessionOf(options, { use: ada })
  expect(await textOf(first.session, host.url)).toBe('nobody')
  expect(await textOf(first.session, host.url)).toBe('nobody')
  expect(host.handshakes()).toBe(1)
  // The same process, the same proxy, an open connection: but nobody has said that this one may use it.
  const second = await sessionOf(options, { use: null })
  await expect(second.session.data(host.url)).rejects.toMatchObject({ code: 'userAuthenticationRequired' })
  expect(second.asked).toHaveLength(1)
})

test('by Digest is told where the connection goes to, and the connection is kept', async () => {
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
  const told: string[] = []
  const proxy = createServer()
  const tunnels = new Set<Duplex>()
  proxy.on('connect', (request: IncomingMessage, socket: Duplex) => {
    const proof = request.headers['proxy-authorization'] ?? ''
    const part = (name: string): string => new RegExp(`\\b${name}="?([^",]*)`).exec(proof)?.[1] ?? ''
    const [a1, a2] = [md5('ada:the proxy:s3cret'), md5(`CONNECT:${request.url}`)]
    const wanted = md5(`${a1}:n0nce:${part('nc')}:${part('cnonce')}:auth:${a2}`)
    told.push(proof === '' ? '' : `${part('uri')} ${part('response') === wanted}`)
    if (part('response') !== wanted)
      return socket.end(
        'HTTP/1.1 407 Who?\r\nProxy-Authenticate: Digest realm="the proxy", nonce="n0nce", qop="auth"\r\nContent-Length: 0\r\n\r\n',
      )
    const [, port] = (request.url ?? '').split(':')
    const upstream = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    for (const one of [upstream, socket]) one.on('error', () => [upstream, socket].forEach((end) => end.destroy()))
    tunnels.add(socket)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => {
    for (const socket of tunnels) socket.destroy()
    proxy.close()
  })
  const host = await tlsServer(server)
  const { session } = await sessionOf(
    { proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, tls: { ca: authority } },
    { use: ada },
  )
  for (let count = 0; count < 3; count++) expect(await textOf(session, `${host.url}/${count}?x`)).toBe('nobody')
  expect(told).toEqual(['', `127.0.0.1:${host.port} true`])
})
