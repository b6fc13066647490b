/** Proxies, real ones: that requests go through them, who they say they are, what a failure is called, and what nobody gets to see. */
import { networkInterfaces } from 'node:os'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { URLError } from '../../src/model/url-error.ts'
import { authority, server } from './support/authority.ts'
import { textBy, transportBy } from './support/network.ts'
import { lacks, proxyProgram } from './support/proxy-programs.ts'
import { proxyServer } from './support/proxy-server.ts'
import { ok, rawServer } from './support/raw-server.ts'
import { tlsServer } from './support/tls-server.ts'
import { readAll, wire } from './support/wire.ts'

const SECRET = 's3cret:x'
const ADA = `ada:${encodeURIComponent(SECRET)}`
const tls = { ca: authority }

const failureOf = (sending: Promise<unknown>): Promise<URLError> =>
  sending.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as URLError,
  )

describe('an HTTP proxy', () => {
  test('is asked for the whole URL of http, and for a connection to https', async () => {
    const proxy = await proxyServer()
    const plain = await rawServer((socket, request) => socket.write(ok(request)))
    const secure = await tlsServer(server)
    const transport = transportBy({ proxy: `http://127.0.0.1:${proxy.port}`, tls })
    expect(await textBy(transport, `${plain.url}/path?q=1#part`)).toMatch(/^GET \/path\?q=1 HTTP\/1\.1\r\n/)
    expect(await textBy(transport, secure.url)).toBe('nobody')
    expect(proxy.asked).toEqual([`127.0.0.1:${plain.port}`, `CONNECT 127.0.0.1:${secure.port}`])
  })

  test('gets user and password, and the host gets neither', async () => {
    const proxy = await proxyServer({ user: `ada:${SECRET}` })
    const plain = await rawServer((socket, request) => socket.write(ok(request)))
    const secure = await tlsServer(server)
    const transport = transportBy({ proxy: `http://${ADA}@127.0.0.1:${proxy.port}`, tls })
    expect(await textBy(transport, plain.url)).not.toMatch(/proxy-authorization/i)
    expect(await textBy(transport, secure.url)).toBe('nobody')
    expect(proxy.asked.every((one) => one.includes(`ada:${SECRET}@`))).toBe(true)
  })

  test('gets the Proxy-Authorization of a request instead, and the host does not', async () => {
    const proxy = await proxyServer({ user: `ada:${SECRET}` })
    const headers = new Headers({ 'Proxy-Authorization': `Basic ${btoa(`ada:${SECRET}`)}` })
    const transport = transportBy({ proxy: `http://bob:wrong@127.0.0.1:${proxy.port}`, tls })
    const plain = await rawServer((socket, request) => socket.write(ok(request)))
    expect(await textBy(transport, plain.url, { headers })).not.toMatch(/proxy-authorization/i)
    let seen: string | undefined = 'not asked'
    const secure = await tlsServer(server, (request) => (seen = request.headers['proxy-authorization']))
    expect(await textBy(transport, secure.url, { headers })).toBe('nobody')
    expect(seen).toBeUndefined()
  })

  test('that does not know the user: 407 is the answer of http, and an error for https', async () => {
    const proxy = await proxyServer({ user: `ada:${SECRET}` })
    const secure = await tlsServer(server)
    const transport = transportBy({ proxy: `http://ada:wr0ng-one@127.0.0.1:${proxy.port}`, tls })
    const answer = await transport.send(wire('http://host.test/'))
    expect([answer.status, answer.headers.get('proxy-authenticate')]).toEqual([407, expect.stringMatching(/^Basic/)])
    await answer.body.cancel()
    const failure = await failureOf(transport.send(wire(secure.url)))
    expect(failure).toMatchObject({
      code: 'userAuthenticationRequired',
      status: 407,
      retryable: false,
      url: `${secure.url}/`,
      message: expect.stringContaining(`the proxy http://127.0.0.1:${proxy.port}`),
    })
    expect(inspect(failure, { depth: null, showHidden: true })).not.toMatch(/wr0ng-one|ada/)
  })

  test('what it says to a refused connection is never taken for the host', async () => {
    const refusing = await rawServer((socket) =>
      socket.write('HTTP/1.1 503 Busy\r\nSet-Cookie: a=b\r\nContent-Length: 9\r\n\r\n<script>!'),
    )
    const failure = await failureOf(transportBy({ proxy: refusing.url }).send(wire('https://bank.example/')))
    expect(failure).toMatchObject({
      code: 'cannotConnectToHost',
      status: 503,
      retryable: true,
      message: expect.stringMatching(/by way of the proxy http:\/\/127\.0\.0\.1:\d+, which answered 503/),
    })
    await refusing.quiet()
  })

  test('that is not there, or cannot be found, or hangs up', async () => {
    const closing = await rawServer((socket) => socket.destroy())
    for (const [proxy, says] of [
      [`http://${ADA}@127.0.0.1:2`, /by way of the proxy http:\/\/127\.0\.0\.1:2, .*ECONNREFUSED/],
      [`http://${ADA}@nobody.invalid`, /by way of the proxy http:\/\/nobody\.invalid:80, .*nobody\.invalid/],
      [`socks5h://${ADA}@127.0.0.1:2`, /by way of the proxy socks5h:\/\/127\.0\.0\.1:2, .*ECONNREFUSED/],
      [`https://${ADA}@127.0.0.1:2`, /by way of the proxy https:\/\/127\.0\.0\.1:2, .*ECONNREFUSED/],
    ] as const)
      for (const url of ['http://host.test/', 'https://host.test/']) {
        const failure = await failureOf(transportBy({ proxy }).send(wire(url)))
        expect(failure).toMatchObject({ code: 'cannotConnectToHost', phase: 'connect', retryable: true, url })
        expect(failure.message).toMatch(says)
        expect(inspect(failure, { depth: null, showHidden: true })).not.toMatch(/s3cret|ada/)
      }
    const failure = await failureOf(transportBy({ proxy: closing.url }).send(wire('https://host.test/')))
    expect(failure).toMatchObject({
      code: 'cannotConnectToHost',
      message: expect.stringContaining('by way of the proxy'),
    })
  })

  test('keeps connections: one for all http hosts, one for each https host, none for another user', async () => {
    const proxy = await rawServer((socket, request) => socket.write(ok(request.split('\r\n')[0] ?? '')))
    const way = (user: string): string => proxy.url.replace('//', `//${user}@`)
    const ada = transportBy({ proxy: way('ada:1') })
    for (const host of ['one.test', 'two.test', 'one.test'])
      expect(await textBy(ada, `http://${host}/`)).toBe(`GET http://${host}/ HTTP/1.1`)
    expect(proxy.sockets).toHaveLength(1)
    await textBy(transportBy({ proxy: way('bob:2') }), 'http://one.test/')
    expect(proxy.sockets).toHaveLength(2)

    const tunnels = await proxyServer()
    const [first, second] = [await tlsServer(server), await tlsServer(server)]
    const transport = transportBy({ proxy: `http://127.0.0.1:${tunnels.port}`, tls })
    for (const { url } of [first, second, first, second]) await textBy(transport, url)
    expect(tunnels.asked).toHaveLength(2)
    expect([first.handshakes(), second.handshakes()]).toEqual([1, 1])
  })

  test('a kept connection to it that is dead is replaced, without a word', async () => {
    const proxy = await rawServer((socket, _request, place) => {
      if (place.request === 1) socket.write(ok('x'))
      else socket.resetAndDestroy()
    })
    const transport = transportBy({ proxy: proxy.url })
    expect(await textBy(transport, 'http://one.test/')).toBe('x')
    expect(await textBy(transport, 'http://two.test/')).toBe('x')
    expect(proxy.sockets).toHaveLength(2)
  })

  test('an abort while it connects closes the connection to it', async () => {
    const reason = new Error('the reason')
    for (const scheme of ['http', 'socks5h']) {
      const silent = await rawServer(() => undefined)
      const controller = new AbortController()
      const proxy = silent.url.replace('http', scheme)
      const sending = transportBy({ proxy }).send(wire('https://host.test/', { signal: controller.signal }))
      await expect.poll(() => silent.sockets.length).toBe(1)
      controller.abort(reason)
      await expect(sending).rejects.toBe(reason)
      await silent.quiet()
    }
  })

  test('the certificate that counts is the host’s', async () => {
    const proxy = await proxyServer()
    const secure = await tlsServer(server)
    await expect(transportBy({ proxy: `http://127.0.0.1:${proxy.port}` }).send(wire(secure.url))).rejects.toMatchObject(
      { code: 'serverCertificateHasUnknownRoot', phase: 'connect' },
    )
  })
})

describe('an HTTPS proxy', () => {
  test('is spoken to over TLS, for http and for https', async () => {
    const proxy = await proxyServer({ secure: true, user: `ada:${SECRET}` })
    const plain = await rawServer((socket) => socket.write(ok('plain')))
    const secure = await tlsServer(server)
    for (const host of ['127.0.0.1', 'localhost']) {
      const transport = transportBy({ proxy: `https://${ADA}@${host}:${proxy.port}`, tls })
      expect(await textBy(transport, plain.url)).toBe('plain')
      expect(await textBy(transport, secure.url)).toBe('nobody')
    }
  })

  test('whose certificate is not trusted is not spoken to', async () => {
    const proxy = await proxyServer({ secure: true })
    const transport = transportBy({ proxy: `https://${ADA}@127.0.0.1:${proxy.port}` })
    for (const url of ['http://host.test/', 'https://host.test/'])
      await expect(transport.send(wire(url))).rejects.toMatchObject({
        code: 'cannotConnectToHost',
        message: expect.stringMatching(/by way of the proxy .*(UNABLE_TO|SELF_SIGNED)/),
      })
    expect(proxy.asked).toEqual([])
  })
})

describe('programs that people run', () => {
  test.skipIf(lacks('tinyproxy'))('tinyproxy (skipped where the package tinyproxy is not installed)', async () => {
    const port = await proxyProgram('tinyproxy')
    const plain = await rawServer((socket, request) => socket.write(ok(request)))
    const secure = await tlsServer(server)
    const transport = transportBy({ proxy: `http://ada:s3cret@127.0.0.1:${port}`, tls })
    expect(await textBy(transport, `${plain.url}/x`)).toMatch(/^GET \/x HTTP\/1/)
    expect(await textBy(transport, secure.url)).toBe('nobody')
    const failure = await failureOf(transportBy({ proxy: `http://127.0.0.1:${port}` }).send(wire(secure.url)))
    expect(failure).toMatchObject({ code: 'userAuthenticationRequired', status: 407 })
  })

  test.skipIf(lacks('squid'))('squid (skipped where the package squid is not installed)', async () => {
    const port = await proxyProgram('squid')
    const plain = await rawServer((socket) => socket.write(ok('x'.repeat(3_000_000))))
    const secure = await tlsServer(server)
    const transport = transportBy({ proxy: `http://127.0.0.1:${port}`, tls })
    expect((await textBy(transport, plain.url)).length).toBe(3_000_000)
    expect(await textBy(transport, secure.url)).toBe('nobody')
    await expect(transport.send(wire('https://127.0.0.1/'))).rejects.toMatchObject({
      code: 'cannotConnectToHost',
      status: 403,
      retryable: false,
    })
  })

  test.skipIf(lacks('microsocks'))('microsocks (skipped where the package microsocks is not installed)', async () => {
    const port = await proxyProgram('microsocks')
    const plain = await rawServer((socket) => socket.write(ok('plain')))
    const secure = await tlsServer(server)
    for (const scheme of ['socks5', 'socks5h', 'socks5']) {
      const transport = transportBy({ proxy: `${scheme}://ada:s3cret@127.0.0.1:${port}`, tls })
      expect(await textBy(transport, plain.url)).toBe('plain')
      expect(await textBy(transport, secure.url.replace('127.0.0.1', 'localhost'))).toBe('nobody')
      expect(await textBy(transport, plain.url)).toBe('plain')
      expect(plain.sockets.filter((socket) => !socket.closed)).toHaveLength(1)
      for (const socket of plain.sockets) socket.destroy()
    }
    const refused = await failureOf(
      transportBy({ proxy: `socks5h://ada:s3cret@127.0.0.1:${port}` }).send(wire('http://127.0.0.1:2/')),
    )
    expect(refused).toMatchObject({
      code: 'cannotConnectToHost',
      message: expect.stringMatching(/by way of the proxy socks5h.*refused/i),
    })
    const wrong = await failureOf(transportBy({ proxy: `socks5h://ada:wr0ng@127.0.0.1:${port}` }).send(wire(plain.url)))
    expect(wrong).toMatchObject({ code: 'userAuthenticationRequired', retryable: false })
    for (const failure of [refused, wrong])
      expect(inspect(failure, { depth: null, showHidden: true })).not.toMatch(/wr0ng|s3cret|ada/)
  })
})

describe('the environment', () => {
  const answering = async (name: string): ReturnType<typeof rawServer> =>
    await rawServer((socket, request) => socket.write(ok(`${name} ${request.split(' ')[1] ?? ''}`)))

  test('names the proxy when asked to, and is read anew for each request', async () => {
    const proxy = await answering('by')
    const env: Record<string, string> = { HTTP_PROXY: proxy.url.replace('http://', '') }
    const transport = transportBy({ proxy: 'environment' }, env)
    expect(await textBy(transport, 'http://host.test/a')).toBe('by http://host.test/a')
    env['NO_PROXY'] = 'host.test'
    await expect(transport.send(wire('http://host.test/a'))).rejects.toMatchObject({
      code: expect.stringMatching(/^(cannotFindHost|dnsLookupFailed)$/),
    })
  })

  test('is not asked unless the session or Node was told so', async () => {
    const [proxy, host] = [await answering('by'), await answering('host')]
    const address = Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === 'IPv4' && !one.internal)?.address
    const env = { HTTP_PROXY: proxy.url }
    if (address !== undefined)
      for (const options of [{}, { proxy: 'none' }])
        await expect(transportBy(options, env).send(wire(`http://${address}:2/`))).rejects.toMatchObject({
          message: expect.not.stringContaining('proxy'),
        })
    expect(await textBy(transportBy({}, { ...env, NODE_USE_ENV_PROXY: '1' }), 'http://host.test/')).toMatch(/^by/)
    expect(await textBy(transportBy({ proxy: 'environment' }, env), host.url)).toBe('host /')
  })

  test('a variable that holds no proxy says which, and not what', async () => {
    const env = { HTTPS_PROXY: 'ftp://ada:s3cret@proxy.test' }
    const failure = await failureOf(transportBy({ proxy: 'environment' }, env).send(wire('https://host.test/')))
    expect(failure).toMatchObject({
      code: 'cannotConnectToHost',
      retryable: false,
      message: expect.stringContaining('HTTPS_PROXY'),
    })
    expect(inspect(failure)).not.toMatch(/s3cret|ada/)
  })
})

test('a body goes through a proxy whole, both ways', async () => {
  const proxy = await proxyServer()
  const echo = await rawServer((socket, request) => socket.write(ok(request.slice(request.indexOf('\r\n\r\n') + 4))))
  const body = 'x'.repeat(300_000)
  const answer = await transportBy({ proxy: `http://127.0.0.1:${proxy.port}` }).send(
    wire(echo.url, { method: 'POST', body }),
  )
  expect((await readAll(answer.body)).toString()).toBe(body)
})
