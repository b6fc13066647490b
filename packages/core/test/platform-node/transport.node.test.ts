/** The transport on real sockets: what it sends, what it makes of answers, and how it lets go. */
import { once } from 'node:events'
import { createServer as createTlsServer } from 'node:https'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { SessionConfiguration } from '../../src/platform/node/session-configuration.ts'
import { createFetchTransport } from '../../src/platform/node/fetch-transport.ts'
import { createHttpAgents } from '../../src/platform/node/http-agents.ts'
import { createHttpFetch } from '../../src/platform/node/http-fetch.ts'
import { certificate, certificateKey } from './support/certificate.ts'
import { ok, rawServer } from './support/raw-server.ts'
import { readAll, readUntilFailure, wire } from './support/wire.ts'

const text = async (
  transport: ReturnType<typeof createFetchTransport>,
  request: Parameters<typeof transport.send>[0],
): Promise<string> => (await readAll((await transport.send(request)).body)).toString('latin1')

describe('what is sent', () => {
  const echo = (): ReturnType<typeof rawServer> => rawServer((socket, request) => socket.write(ok(request)))

  test('asks for no encoding, unless the caller does', async () => {
    const { url } = await echo()
    const transport = createFetchTransport()
    expect(await text(transport, wire(url))).toMatch(/^accept-encoding: identity\r$/im)
    expect(await text(transport, wire(url, { headers: new Headers({ 'Accept-Encoding': 'gzip, br' }) }))).toMatch(
      /^accept-encoding: gzip, br\r$/im,
    )
  })

  test('the caller may set Host and every other name; the length is computed', async () => {
    const { url } = await echo()
    const headers = new Headers({
      Host: 'other.example',
      Cookie: 'a=b',
      'Content-Length': '999',
      'Transfer-Encoding': 'chunked',
      'User-Agent': 'mine',
      'X-Mine': 'ü',
    })
    const sent = await text(createFetchTransport(), wire(`${url}/path?q=1`, { method: 'POST', headers, body: 'höhe' }))
    expect(sent).toMatch(/^POST \/path\?q=1 HTTP\/1.1\r\n/)
    for (const line of ['host: other.example', 'cookie: a=b', 'content-length: 5', 'user-agent: mine', 'x-mine: ü'])
      expect(sent.toLowerCase()).toContain(`\r\n${line}\r\n`)
    expect(sent.match(/^(host|content-length|user-agent):/gim)).toHaveLength(3)
    expect(sent).not.toMatch(/transfer-encoding|content-type/i)
    expect(Buffer.from(sent.slice(sent.indexOf('\r\n\r\n') + 4), 'latin1').toString()).toBe('höhe')
  })

  test('methods go out as they are', async () => {
    const { url } = await echo()
    for (const method of ['GET', 'HEAD', 'PROPFIND', 'DELETE']) {
      const { body } = await createFetchTransport().send(wire(url, { method }))
      const sent = (await readAll(body)).toString('latin1')
      if (method !== 'HEAD') expect(sent.startsWith(`${method} / `)).toBe(true)
    }
    expect(await text(createFetchTransport(), wire(url, { method: 'POST' }))).toMatch(/^content-length: 0\r$/im)
  })

  test('what HTTP cannot carry is refused before anything is sent', async () => {
    const { url, sockets } = await echo()
    const headers = new Headers({ 'X-Control': 'a\u0001b' })
    await expect(createFetchTransport().send(wire(url, { headers }))).rejects.toMatchObject({
      code: 'unknown',
      phase: 'setup',
      retryable: false,
      url: `${url}/`,
    })
    expect(sockets).toHaveLength(0)
  })
})

describe('connections', () => {
  test('one after another shares a connection; many at once have one each', async () => {
    let waiting: (() => void)[] = []
    const server = await rawServer((socket, request) => {
      if (!request.startsWith('GET /together')) return void socket.write(ok('x'))
      waiting.push(() => socket.write(ok('x')))
      if (waiting.length === 40) waiting = waiting.flatMap((go) => go() ?? [])
    })
    const transport = createFetchTransport()
    for (let turn = 0; turn < 5; turn++) expect(await text(transport, wire(server.url))).toBe('x')
    expect(server.sockets).toHaveLength(1)
    // Each is answered only when all have come: any limit below forty would wait for ever.
    await Promise.all(Array.from({ length: 40 }, () => text(transport, wire(`${server.url}/together`))))
    expect(server.sockets).toHaveLength(40)
  })

  test('a kept connection that turns out to be closed is replaced, without a word', async () => {
    const server = await rawServer((socket, _request, place) => {
      if (place.request === 1) return void socket.write(ok('x'))
      socket.resetAndDestroy()
    })
    const transport = createFetchTransport()
    expect(await text(transport, wire(server.url))).toBe('x')
    expect(await text(transport, wire(server.url))).toBe('x')
    expect(server.sockets).toHaveLength(2)
  })

  test('also when all of several kept connections are closed', async () => {
    const waiting: (() => void)[] = []
    const server = await rawServer((socket, _request, place) => {
      if (place.request > 1) return void socket.destroy()
      if (place.connection > 3) return void socket.write(ok('new'))
      waiting.push(() => socket.write(ok('x')))
      if (waiting.length === 3) for (const go of waiting) go()
    })
    const transport = createFetchTransport()
    await Promise.all([1, 2, 3].map(() => text(transport, wire(server.url))))
    expect(await text(transport, wire(server.url))).toBe('new')
  })

  test('but not for a request that must not be sent twice, nor after a byte of an answer', async () => {
    let second = (): string | null => null
    const server = await rawServer((socket, _request, place) => {
      if (place.request === 1) return void socket.write(ok('x'))
      const part = second()
      if (part === null) socket.resetAndDestroy()
      else socket.end(part)
    })
    const transport = createFetchTransport()
    await text(transport, wire(server.url))
    await expect(transport.send(wire(server.url, { method: 'POST', body: 'once' }))).rejects.toMatchObject({
      code: 'networkConnectionLost',
      phase: 'response',
      retryable: true,
    })
    second = () => 'HTTP/1.1 200 O'
    await text(transport, wire(server.url))
    await expect(transport.send(wire(server.url))).rejects.toMatchObject({ code: 'networkConnectionLost' })
    expect(server.sockets).toHaveLength(2)
  })

  test('a new connection that is closed without an answer is not tried again', async () => {
    const server = await rawServer((socket) => socket.destroy())
    await expect(createFetchTransport().send(wire(server.url))).rejects.toMatchObject({
      code: 'networkConnectionLost',
      phase: 'response',
    })
    expect(server.sockets).toHaveLength(1)
  })

  test('cancelling a body that is here as a whole keeps the connection; else it is closed at once', async () => {
    const server = await rawServer((socket, request) => {
      if (request.startsWith('GET /whole')) socket.write(ok('all of it'))
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome')
    })
    const transport = createFetchTransport()
    for (let turn = 0; turn < 3; turn++) {
      const { body } = await transport.send(wire(`${server.url}/whole`))
      await body.read()
      await body.cancel()
    }
    expect(server.sockets).toHaveLength(1)
    const { body } = await transport.send(wire(server.url))
    const reading = body.read().then(() => body.read())
    await body.cancel()
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' })
    await server.quiet()
  })
})

describe('abort', () => {
  /** A signal that counts who listens to it. */
  function counted(): { controller: AbortController; listeners: () => number } {
    const controller = new AbortController()
    const listeners = new Set<unknown>()
    const { signal } = controller
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
    vi.spyOn(signal, 'addEventListener').mockImplementation((...given: Parameters<typeof add>) => {
      listeners.add(given[1])
      add(...given)
    })
    vi.spyOn(signal, 'removeEventListener').mockImplementation((...given: Parameters<typeof remove>) => {
      listeners.delete(given[1])
      remove(...given)
    })
    return { controller, listeners: () => listeners.size }
  }

  const reason = new Error('the reason')

  test('before the request: nothing is sent', async () => {
    const server = await rawServer((socket) => socket.write(ok('x')))
    await expect(createFetchTransport().send(wire(server.url, { signal: AbortSignal.abort(reason) }))).rejects.toBe(
      reason,
    )
    expect(server.sockets).toHaveLength(0)
  })

  test('in the same moment: no request goes out, and no connection stays', async () => {
    const requests: string[] = []
    const server = await rawServer((_socket, request) => requests.push(request))
    const agents = createHttpAgents()
    for (let turn = 0; turn < 20; turn++) {
      const controller = new AbortController()
      const sending = createHttpFetch(agents)(server.url, { signal: controller.signal })
      for (let wait = 0; wait < turn % 5; wait++) await Promise.resolve()
      controller.abort(reason)
      await expect(sending).rejects.toBe(reason)
    }
    // A connection that came through is over when a later one has been served and closed.
    await createHttpFetch(agents)(server.url, { signal: AbortSignal.timeout(50) }).catch(() => undefined)
    expect(requests.length).toBe(1)
    await server.quiet()
  })

  test('during the handshake: the connection closes', async () => {
    const server = await rawServer(() => undefined)
    const controller = new AbortController()
    const sending = createFetchTransport().send(
      wire(server.url.replace('http', 'https'), { signal: controller.signal }),
    )
    await expect.poll(() => server.sockets.length).toBe(1)
    controller.abort(reason)
    await expect(sending).rejects.toBe(reason)
    await server.quiet()
  })

  test('before the head, in the body, and never after the end; nobody goes on listening', async () => {
    let asked = (): void => undefined
    const server = await rawServer((socket, request) => {
      if (request.startsWith('GET /body')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome')
      if (request.startsWith('GET /whole')) socket.write(ok('x'))
      asked()
    })
    const transport = createFetchTransport()

    const head = counted()
    const arrived = new Promise<void>((resolve) => (asked = resolve))
    const sending = transport.send(wire(server.url, { signal: head.controller.signal }))
    await arrived
    head.controller.abort(reason)
    await expect(sending).rejects.toBe(reason)
    await server.quiet()

    const inside = counted()
    const { body } = await transport.send(wire(`${server.url}/body`, { signal: inside.controller.signal }))
    await body.read()
    const reading = body.read()
    inside.controller.abort(reason)
    await expect(reading).rejects.toBe(reason)
    await expect(body.read()).rejects.toBe(reason)
    await server.quiet()

    const after = counted()
    const whole = await transport.send(wire(`${server.url}/whole`, { signal: after.controller.signal }))
    await readAll(whole.body)
    expect(after.listeners()).toBe(0)
    after.controller.abort(reason)
    expect(await whole.body.read()).toBeNull()

    const unread = counted()
    const there = await transport.send(wire(`${server.url}/whole`, { signal: unread.controller.signal }))
    unread.controller.abort(reason)
    await expect(there.body.read()).rejects.toBe(reason)
    expect([head.listeners(), inside.listeners()]).toEqual([0, 0])
  })

  test('one signal for hundreds of requests gathers neither listeners nor warnings', async () => {
    const server = await rawServer((socket) => socket.write(ok('x')))
    const warnings: unknown[] = []
    const warned = (warning: unknown): unknown => warnings.push(warning)
    process.on('warning', warned)
    onTestFinished(() => void process.off('warning', warned))
    const { controller, listeners } = counted()
    const transport = createFetchTransport()
    for (let turn = 0; turn < 300; turn++) await text(transport, wire(server.url, { signal: controller.signal }))
    await new Promise((resolve) => setImmediate(resolve))
    expect([listeners(), warnings, server.sockets.length]).toEqual([0, [], 1])
  })

  test('hundreds of aborted requests leave no connection', async () => {
    const server = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome'))
    const transport = createFetchTransport()
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const controller = new AbortController()
        const sending = transport.send(wire(server.url, { signal: controller.signal }))
        if (index % 2 === 0) await sending
        controller.abort(reason)
        await sending.then(
          ({ body }) => expect(body.read()).rejects.toBe(reason),
          (error: unknown) => expect(error).toBe(reason),
        )
      }),
    )
    await server.quiet()
    expect(server.open()).toBe(0)
  })
})

describe('answers', () => {
  const answering = async (raw: string | Buffer, after: 'keep' | 'end' | 'reset' = 'keep'): Promise<string> => {
    const { url } = await rawServer((socket) => {
      const done = { keep: () => undefined, end: () => socket.end(), reset: () => socket.resetAndDestroy() }[after]
      socket.write(typeof raw === 'string' ? Buffer.from(raw, 'latin1') : raw, () => void done())
    })
    return url
  }

  test('a redirect is shown as it is, and its connection can be used again', async () => {
    const server = await rawServer((socket, request) =>
      socket.write(
        request.startsWith('GET /next')
          ? ok('there')
          : 'HTTP/1.1 302 Found\r\nLocation: /next\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 5\r\n\r\nmoved',
      ),
    )
    const transport = createFetchTransport()
    for (const redirect of ['manual', 'follow'] as const) {
      const answer = await transport.send(wire(server.url, { redirect }))
      expect([answer.status, answer.headers.get('location'), answer.headers.getSetCookie(), answer.redirected]).toEqual(
        [302, '/next', ['a=1', 'b=2'], false],
      )
      await answer.body.cancel()
    }
    await expect(transport.send(wire(server.url, { redirect: 'error' }))).rejects.toMatchObject({
      code: 'badServerResponse',
      status: 302,
    })
  })

  test('1xx are passed over, a switch of protocols is refused', async () => {
    const hints = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
    expect(
      await text(createFetchTransport(), wire(await answering(Buffer.concat([Buffer.from(hints), ok('x')])))),
    ).toBe('x')
    const switched = await answering('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n')
    await expect(createFetchTransport().send(wire(switched))).rejects.toMatchObject({
      code: 'badServerResponse',
      status: 101,
    })
  })

  test('any status, any reason, any header a server may send', async () => {
    const answer = await createFetchTransport().send(
      wire(
        await answering(
          `HTTP/1.1 999 Götterdämmerung\r\nX-Long: ${'x'.repeat(200_000)}\r\nX-Latin: \xe4\r\nContent-Length: 2\r\n\r\nno`,
        ),
      ),
    )
    expect([
      answer.status,
      answer.statusText,
      answer.headers.get('x-latin'),
      answer.headers.get('x-long')?.length,
    ]).toEqual([999, 'Götterdämmerung', 'ä', 200_000])
    expect((await readAll(answer.body)).toString()).toBe('no')
  })

  test('no body where none can be, whatever the length says', async () => {
    for (const [method, head] of [
      ['HEAD', '200 OK'],
      ['GET', '304 Not Modified'],
      ['GET', '204 No Content'],
    ] as const) {
      const server = await rawServer((socket) =>
        socket.write(`HTTP/1.1 ${head}\r\nContent-Length: 1000\r\nContent-Encoding: gzip\r\n\r\n`),
      )
      const transport = createFetchTransport()
      for (let turn = 0; turn < 3; turn++) {
        const answer = await transport.send(wire(server.url, { method }))
        expect(answer.headers.get('content-length')).toBe('1000')
        expect(await answer.body.read()).toBeNull()
      }
      expect(server.sockets).toHaveLength(1)
    }
  })

  test('a body shorter than its length is a lost connection, and all that came is given', async () => {
    const part = Buffer.alloc(3 << 20, 'x')
    const heads = {
      length: 'Content-Length: 5000000\r\n\r\n',
      chunked: `Transfer-Encoding: chunked\r\n\r\n${(5_000_000).toString(16)}\r\n`,
    }
    for (const head of Object.values(heads)) {
      const url = await answering(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${head}`), part]), 'end')
      const { body } = await createFetchTransport().send(wire(url))
      const { bytes, error } = await readUntilFailure(body)
      expect(bytes.length).toBe(part.length)
      expect(error).toMatchObject({
        code: 'networkConnectionLost',
        phase: 'body',
        retryable: true,
        bytesTransferred: part.length,
        url: `${url}/`,
      })
    }
  })

  test('a reader that comes late still gets what had arrived before the connection was lost', async () => {
    const answer = `HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n${'x'.repeat(300_000)}`
    const server = await rawServer((socket) => socket.end(answer))
    const { body } = await createFetchTransport().send(wire(server.url))
    const first = await body.read()
    await server.quiet()
    const { bytes } = await readUntilFailure(body)
    expect((first?.length ?? 0) + bytes.length).toBe(300_000)
  })

  test('a reset in a body without a length is a lost connection, a close is its end', async () => {
    const server = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nsome'))
    const transport = createFetchTransport()
    for (const [place, end] of (['end', 'resetAndDestroy'] as const).entries()) {
      const { body } = await transport.send(wire(server.url))
      expect(Buffer.from((await body.read()) as Uint8Array).toString()).toBe('some')
      server.sockets[place]?.[end]()
      if (end === 'end') expect(await body.read()).toBeNull()
      else
        await expect(body.read()).rejects.toMatchObject({
          code: 'networkConnectionLost',
          message: expect.stringContaining('ECONNRESET'),
        })
    }
  })

  test('the same as a Response: text, stream, cancel', async () => {
    const server = await rawServer((socket) => socket.write(ok('some text')))
    const fetching = createHttpFetch()
    expect(await (await fetching(server.url)).text()).toBe('some text')
    const response = await fetching(new Request(server.url))
    expect([response.url, response.ok, response.headers.get('content-length')]).toEqual([`${server.url}/`, true, '9'])
    const kept: Uint8Array[] = []
    for await (const chunk of response.body as ReadableStream<Uint8Array>) kept.push(chunk)
    expect(Buffer.concat(kept).toString()).toBe('some text')
    await (await fetching(server.url)).body?.cancel()
  })
})

describe('TLS', () => {
  async function secureServer(): Promise<string> {
    const server = createTlsServer({ cert: certificate, key: certificateKey }, (_request, response) =>
      response.end('secret'),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  test('a certificate nobody vouches for is serverCertificateUntrusted, and trying again is no use', async () => {
    await expect(createFetchTransport().send(wire(await secureServer()))).rejects.toMatchObject({
      code: 'serverCertificateUntrusted',
      retryable: false,
      phase: 'connect',
      message: expect.stringContaining('SELF_SIGNED'),
    })
  })

  test('a server that speaks no TLS is secureConnectionFailed', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).end('220 mail.example ESMTP\r\n'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    await expect(createFetchTransport().send(wire(url))).rejects.toMatchObject({
      code: 'secureConnectionFailed',
      phase: 'connect',
    })
  })

  test('a certificate that is trusted works', async () => {
    const { tls } = SessionConfiguration.default({ tls: { ca: certificate } }).settings
    const transport = createFetchTransport(createHttpFetch(createHttpAgents({ proxy: null, tls })))
    expect(await text(transport, wire(await secureServer()))).toBe('secret')
  })
})
