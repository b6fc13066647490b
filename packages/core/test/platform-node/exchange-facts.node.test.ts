/** What an exchange tells about itself: answers before the answer, times, the connection, and bytes. */
import { describe, expect, test } from 'vitest'
import type { TransactionTimings } from '../../src/model/metrics.ts'
import type { Transport } from '../../src/ports/transport.ts'
import { createFetchTransport } from '../../src/platform/node/fetch-transport.ts'
import { authority, server } from './support/authority.ts'
import { transportBy } from './support/network.ts'
import { proxyServer } from './support/proxy-server.ts'
import { ok, rawServer } from './support/raw-server.ts'
import { tlsServer } from './support/tls-server.ts'
import { readAll, wire } from './support/wire.ts'

async function timingsOf(transport: Transport, url: string, body: string | null = null): Promise<TransactionTimings> {
  const answer = await transport.send(wire(url, body === null ? {} : { method: 'POST', body }))
  await readAll(answer.body)
  if (!answer.timings) throw new Error('there are no timings')
  return answer.timings()()
}

/** Each that is there is not before the one in front of it. */
function inOrder(times: readonly (number | null)[]): boolean {
  const there = times.filter((time) => time !== null)
  return there.every((time, index) => index === 0 || time >= (there[index - 1] ?? 0))
}

const sequence = (one: TransactionTimings): (number | null)[] => [
  one.fetchStart,
  one.domainLookupStart,
  one.domainLookupEnd,
  one.connectStart,
  one.secureConnectionStart,
  one.secureConnectionEnd,
  one.connectEnd,
  one.requestStart,
  one.requestEnd,
  one.responseStart,
  one.responseEnd,
]

test('answers before the answer are told in order, and the answer comes after them', async () => {
  const early =
    'HTTP/1.1 100 Continue\r\n\r\n' +
    'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nLink: </b>\r\n\r\n' +
    'HTTP/1.1 102 Processing\r\n\r\n'
  const { url } = await rawServer((socket) => socket.write(Buffer.concat([Buffer.from(early), ok('x')])))
  const told: [number, string | null][] = []
  const transport = createFetchTransport()
  const answer = await transport.send(
    wire(url, { onInformational: (status, headers) => told.push([status, headers.get('link')]) }),
  )
  expect([answer.status, (await readAll(answer.body)).toString()]).toEqual([200, 'x'])
  expect(told).toEqual([
    [100, null],
    [103, '</a>; rel=preload, </b>'],
    [102, null],
  ])
})

describe('times', () => {
  test('of a new connection over http, and of the same one used again', async () => {
    const { url, port } = await rawServer((socket) => socket.write(ok('hello')))
    const before = Date.now()
    const transport = createFetchTransport()
    const first = await timingsOf(transport, url.replace('127.0.0.1', 'localhost'))
    expect(inOrder([before, ...sequence(first), Date.now()])).toBe(true)
    expect(sequence(first).map((time) => time === null)).toEqual([
      false,
      false,
      false,
      false,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ])
    expect(first).toMatchObject({
      reusedConnection: false,
      proxyConnection: false,
      remoteAddress: expect.stringContaining('127.0.0.1'),
      remotePort: port,
      localPort: expect.any(Number),
      protocol: 'http/1.1',
      tlsVersion: null,
      tlsCipher: null,
    })
    const second = await timingsOf(transport, url.replace('127.0.0.1', 'localhost'))
    expect(second).toMatchObject({
      reusedConnection: true,
      domainLookupStart: null,
      connectStart: null,
      connectEnd: null,
      localPort: first.localPort,
      requestStart: expect.any(Number),
    })
    expect(inOrder(sequence(second))).toBe(true)
  })

  test('an address is not looked up', async () => {
    const { url } = await rawServer((socket) => socket.write(ok('hello')))
    const one = await timingsOf(createFetchTransport(), url)
    expect([one.domainLookupStart, one.domainLookupEnd]).toEqual([null, null])
    expect(one.connectStart).not.toBeNull()
  })

  test('of TLS, with its version and cipher', async () => {
    const { url } = await tlsServer({ ...server, minVersion: 'TLSv1.3' })
    const one = await timingsOf(transportBy({ tls: { ca: authority } }), url)
    expect(sequence(one).slice(3)).not.toContain(null)
    expect(inOrder(sequence(one))).toBe(true)
    expect(one).toMatchObject({ tlsVersion: 'TLSv1.3', tlsCipher: expect.stringMatching(/^TLS_/) })
  })

  test('by way of a proxy: it says so, and the address is the proxy’s', async () => {
    const proxy = await proxyServer()
    const secure = await tlsServer(server)
    const plain = await rawServer((socket) => socket.write(ok('hello')))
    const transport = transportBy({ proxy: `http://127.0.0.1:${proxy.port}`, tls: { ca: authority } })
    for (const url of [secure.url, plain.url]) {
      const one = await timingsOf(transport, url)
      expect(one).toMatchObject({ proxyConnection: true, remotePort: proxy.port, domainLookupStart: null })
      expect(one.connectStart).not.toBeNull()
      expect(inOrder(sequence(one))).toBe(true)
    }
  })

  test('the end is not known before it is read', async () => {
    const { url } = await rawServer((socket) => socket.write(ok('hello')))
    const { timings, body } = await createFetchTransport().send(wire(url))
    expect(timings?.()().responseEnd).toBeNull()
    await readAll(body)
    const after = timings?.()()
    expect(after?.responseEnd).toBeGreaterThanOrEqual(after?.responseStart ?? Infinity)
  })
})

describe('bytes', () => {
  test('sent and received, heads and bodies, as they were on the wire', async () => {
    let sent = ''
    const reply = ok('hello', 'X-Long: abc\r\n')
    const { url } = await rawServer((socket, request) => {
      sent = request
      socket.write(reply)
    })
    const one = await timingsOf(createFetchTransport(), url, 'four')
    expect(one).toMatchObject({
      requestHeaderBytes: sent.indexOf('\r\n\r\n') + 4,
      requestBodyBytes: 4,
      responseHeaderBytes: reply.length - 5,
      responseBodyBytes: 5,
    })
  })

  test('no body is no number of bytes; one that is packed counts as it came', async () => {
    const { gzipSync } = await import('node:zlib')
    const packed = gzipSync('x'.repeat(10_000))
    const { url } = await rawServer((socket) => socket.write(ok(packed, 'Content-Encoding: gzip\r\n')))
    const one = await timingsOf(createFetchTransport(), url)
    expect([one.requestBodyBytes, one.responseBodyBytes]).toEqual([null, packed.length])
    const empty = await rawServer((socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'))
    expect((await timingsOf(createFetchTransport(), empty.url)).responseBodyBytes).toBeNull()
  })
})
