/** The fetch transport against a real server that misbehaves on demand. */
import { expect, inject, test } from 'vitest'
import { firstDifference } from '../../../testing/src/origin/content.ts'
import { remoteOrigin } from '../../../testing/src/origin/remote-origin.ts'
import { readerOf } from '../../src/platform/browser/byob-reader.ts'
import { createFetchTransport } from '../../src/platform/browser/fetch-transport.ts'
import type { BodySource, WireRequest } from '../../src/ports/transport.ts'
import { unique } from './support/in-worker.ts'

const fetchTransport = createFetchTransport(readerOf)

const origin = remoteOrigin(inject('origin'))
const seed = 41

const request = (url: string, more: Partial<WireRequest> = {}): WireRequest => ({
  url,
  method: 'GET',
  headers: new Headers(),
  body: null,
  redirect: 'follow',
  credentials: 'omit',
  cache: 'no-store',
  signal: new AbortController().signal,
  ...more,
})

async function drain(body: BodySource, from = 0): Promise<number> {
  let at = from
  for (let bytes = await body.read(); bytes; bytes = await body.read()) {
    expect(firstDifference(seed, at, bytes)).toBe(-1)
    at += bytes.byteLength
  }
  return at - from
}

test('the head and the body arrive as they were sent', async () => {
  const file = await origin.file(unique('plain'), { size: 5_000_001, seed })
  const response = await fetchTransport.send(request(file.url))
  expect(response).toMatchObject({ status: 200, url: file.url, redirected: false, headersFiltered: true })
  expect(response.headers.get('content-length')).toBe('5000001')
  expect(await drain(response.body)).toBe(5_000_001)
  expect(await response.body.read()).toBe(null)
})

test('nothing is added that would cost a preflight', async () => {
  const file = await origin.file(unique('plain'), { size: 100, seed, preflight: 'refuse' })
  const response = await fetchTransport.send(request(file.url, { headers: new Headers({ range: 'bytes=10-' }) }))
  expect(response.status).toBe(206)
  expect(await drain(response.body, 10)).toBe(90)
  const [entry] = await file.requests()
  expect(entry?.headers).toMatchObject({ accept: '*/*', range: 'bytes=10-' })
  expect(await origin.journal({ file: file.name, method: 'OPTIONS' })).toEqual([])
})

test('every status is an answer', async () => {
  for (const status of [404, 416, 429, 500, 503]) {
    const file = await origin.file(unique('status'), { size: 10, status, text: 'no' })
    const response = await fetchTransport.send(request(file.url))
    expect(response.status).toBe(status)
    await response.body.cancel()
    expect(await file.requests()).toHaveLength(1)
  }
})

test('an answer without a body reads as the end', async () => {
  const file = await origin.file(unique('head'), { size: 10, seed })
  const response = await fetchTransport.send(request(file.url, { method: 'HEAD' }))
  expect(await response.body.read()).toBe(null)
  await response.body.cancel()
  const empty = await origin.file(unique('empty'), { size: 0, seed })
  expect(await (await fetchTransport.send(request(empty.url))).body.read()).toBe(null)
})

test('a body is sent, with its method and headers', async () => {
  const file = await origin.file(unique('post'), { size: 10, seed })
  const headers = new Headers({ 'content-type': 'text/plain' })
  const response = await fetchTransport.send(request(file.url, { method: 'POST', body: 'hello', headers }))
  await response.body.cancel()
  const [entry] = await file.requests()
  expect(entry).toMatchObject({ method: 'POST' })
  expect(entry?.headers).toMatchObject({ 'content-type': 'text/plain', 'content-length': '5' })
})

test('redirects are followed by the browser, and the last URL is told', async () => {
  const file = await origin.file(unique('moved'), { size: 10, seed, redirect: { hops: 2 } })
  for (const redirect of ['follow', 'manual'] as const) {
    const response = await fetchTransport.send(request(file.url, { redirect }))
    expect(response).toMatchObject({ status: 200, redirected: true })
    expect(response.url).toMatch(/^http/)
    await response.body.cancel()
  }
})

test('a redirect that is refused is a failure that names it', async () => {
  const file = await origin.file(unique('moved'), { size: 10, seed, redirect: {} })
  await expect(fetchTransport.send(request(file.url, { redirect: 'error' }))).rejects.toMatchObject({
    code: 'opaqueNetworkFailure',
    message: expect.stringMatching(/redirects/),
  })
})

test('a server that cannot be reached is an opaque failure that lists what it may be', async () => {
  const error = await fetchTransport.send(request('http://127.0.0.1:9/nothing')).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    code: 'opaqueNetworkFailure',
    opaque: true,
    retryable: true,
    phase: 'connect',
    url: 'http://127.0.0.1:9/nothing',
    message: expect.stringMatching(/CORS/),
    cause: expect.any(TypeError),
  })
  expect((error as { candidates: string[] }).candidates).toEqual(
    expect.arrayContaining([
      'cannotFindHost',
      'cannotConnectToHost',
      'secureConnectionFailed',
      'networkConnectionLost',
    ]),
  )
})

test('for the own origin CORS is not suspected', async () => {
  const { origin: own } = new URL(location.href)
  await expect(
    fetchTransport.send(
      request(`${own}/`, { headers: new Headers(), redirect: 'error', cache: 'only-if-cached' as never }),
    ),
  ).rejects.toMatchObject({ code: 'opaqueNetworkFailure', message: expect.not.stringMatching(/CORS/) })
})

test('a connection that breaks before the head, and an answer without CORS headers, look the same', async () => {
  const broken = await origin.file(unique('reset'), { size: 10, beforeHead: 'reset' })
  const closed = await origin.file(unique('closed'), { size: 10, cors: 'none' })
  for (const file of [broken, closed])
    await expect(fetchTransport.send(request(file.url))).rejects.toMatchObject({ code: 'opaqueNetworkFailure' })
})

test.each(['cutAfter', 'resetAfter'] as const)(
  '%s: the bytes that came are given, then the connection is lost',
  async (how) => {
    const file = await origin.file(unique(how), { size: 100_000, seed, [how]: 5000 })
    const { body } = await fetchTransport.send(request(file.url))
    let got = 0
    const error = await (async () => {
      for (let bytes = await body.read(); bytes; bytes = await body.read()) got += bytes.byteLength
    })().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'networkConnectionLost', phase: 'body', url: file.url, opaque: false })
    // A browser may drop what nobody had read when the connection broke.
    expect(got).toBeLessThanOrEqual(5000)
    await body.cancel()
  },
)

test('a compressed body arrives decoded; when it breaks, its coding is suspected too', async () => {
  const good = await origin.file(unique('gzip'), { size: 100_000, seed, encoding: 'gzip' })
  expect(await drain((await fetchTransport.send(request(good.url))).body)).toBe(100_000)
  const cut = await origin.file(unique('gzip'), { size: 100_000, seed, encoding: 'gzip', cutAfter: 5000 })
  const { body } = await fetchTransport.send(request(cut.url))
  const error = await (async () => {
    while (await body.read());
  })().catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    code: 'networkConnectionLost',
    opaque: true,
    candidates: ['networkConnectionLost', 'cannotDecodeContentData'],
  })
})

test('an abort rejects with its reason: before, while waiting for the head, and in the body', async () => {
  const reason = new Error('enough')
  const stalled = await origin.file(unique('stall'), { size: 10, beforeHead: 'stall' })
  const early = new AbortController()
  early.abort(reason)
  await expect(fetchTransport.send(request(stalled.url, { signal: early.signal }))).rejects.toBe(reason)

  const waiting = new AbortController()
  const sending = fetchTransport.send(request(stalled.url, { signal: waiting.signal }))
  await origin.when({ file: stalled.name })
  waiting.abort(reason)
  await expect(sending).rejects.toBe(reason)

  const file = await origin.file(unique('stall'), { size: 1000, seed, stallAfter: 500 })
  const reading = new AbortController()
  const { body } = await fetchTransport.send(request(file.url, { signal: reading.signal }))
  expect((await body.read())?.byteLength).toBe(500)
  const rest = body.read()
  reading.abort(reason)
  await expect(rest).rejects.toBe(reason)
  await origin.when({ file: file.name, ended: true })
})

test('giving a body up closes its connection', async () => {
  const file = await origin.file(unique('cancel'), { size: 50_000_000, seed, bytesPerSecond: 1_000_000 })
  const { body } = await fetchTransport.send(request(file.url))
  await body.read()
  await body.cancel()
  await body.cancel()
  expect(await body.read()).toBe(null)
  await origin.when({ file: file.name, ended: true, aborted: true })
})

// Firefox and WebKit buffer a body without bound, whoever reads.
test.runIf(navigator.userAgent.includes('Chrome'))(
  'nothing is read ahead: a reader that stops makes the server stop',
  async () => {
    const size = 2_000_000_000
    const file = await origin.file(unique('slow-reader'), { size, seed })
    const { body } = await fetchTransport.send(request(file.url))
    await body.read()
    // Sockets and browser buffer some 70 MiB, which is far less than the file.
    const other = await origin.file(unique('meanwhile'), { size: 20_000_000, seed })
    await drain((await fetchTransport.send(request(other.url))).body)
    const [entry] = await file.requests()
    expect(entry?.bytesSent).toBeLessThan(size / 4)
    await body.cancel()
  },
)

test('a link that falls silent does not keep bytes back that came before', async () => {
  const size = 6_000_000
  const file = await origin.file(unique('silent'), { size, seed, stallAfter: 4_000_001 })
  const { body } = await fetchTransport.send(request(file.url))
  let at = 0
  const more = async (): Promise<void> => {
    const bytes = await body.read()
    expect(firstDifference(seed, at, bytes ?? new Uint8Array())).toBe(-1)
    at += bytes?.byteLength ?? Number.NaN
  }
  while (at < 3_500_000) await more()
  await origin.when({ file: file.name, bytesSent: 4_000_001 })
  await file.releaseStalls()
  while (at < size) await more()
  expect(await body.read()).toBe(null)
})

test('offline is told as offline', async () => {
  Object.defineProperty(navigator, 'onLine', { value: false, configurable: true })
  try {
    await expect(fetchTransport.send(request('http://127.0.0.1:9/nothing'))).rejects.toMatchObject({
      code: 'notConnectedToInternet',
    })
  } finally {
    Reflect.deleteProperty(navigator, 'onLine')
  }
})
