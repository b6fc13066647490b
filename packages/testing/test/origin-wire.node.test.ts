import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FileHandle, type Origin, contentAt, startOrigin } from '../src/origin/index.ts'
import { raw } from './raw-client.ts'

let origin: Origin
let file: FileHandle
const size = 1_500_000

beforeAll(async () => {
  origin = await startOrigin()
})
afterAll(() => origin.stop())
beforeEach(() => {
  origin.journal.clear()
  file = origin.file('f', { size, seed: 5 })
})

describe('framing', () => {
  test('chunked: no length', async () => {
    file.behave({ framing: 'chunked' })
    const { head } = await raw(file.url)
    expect(head).toMatch(/Transfer-Encoding: chunked/i)
    expect(head).not.toMatch(/^Content-Length/im)
    expect((await (await fetch(file.url)).arrayBuffer()).byteLength).toBe(size)
  })

  test('close: the end of the connection is the end of the body', async () => {
    file.behave({ framing: 'close' })
    const { head, body, end } = await raw(file.url, { Connection: 'keep-alive' })
    expect(head).not.toMatch(/^(Content-Length|Transfer-Encoding)/im)
    expect(end).toBe('closed')
    expect(Buffer.compare(body, contentAt(5, 0, size))).toBe(0)
    expect(origin.journal.entries[0]).toMatchObject({ outcome: 'complete', bytesSent: size })
  })
})

describe('bodies that end early', () => {
  test('cut: exactly so many bytes, then an orderly close under the full Content-Length', async () => {
    file.behave({ cutAfter: 700_001 })
    const { head, body, end } = await raw(file.url)
    expect(head).toContain(`Content-Length: ${size}`)
    expect([body.length, end]).toEqual([700_001, 'closed'])
    expect(await origin.when({ file: 'f', ended: true })).toMatchObject({
      outcome: 'cut',
      aborted: false,
      bytesSent: 700_001,
    })
  })

  test('cut of a chunked body leaves no last chunk', async () => {
    file.behave({ framing: 'chunked', cutAfter: 10 })
    const { body } = await raw(file.url)
    expect(body.subarray(-14).toString('latin1')).toMatch(/^\r\n|a\r\n/)
    expect(body.toString('latin1')).not.toContain('0\r\n\r\n')
    await expect(fetch(file.url).then((response) => response.arrayBuffer())).rejects.toThrow()
  })

  test('reset after so many bytes, on a range too', async () => {
    file.behave({ resetAfter: 50_000 })
    const { body, end } = await raw(file.url, { Range: 'bytes=1000-' })
    expect(end).toBe('ECONNRESET')
    expect(body.length).toBeLessThanOrEqual(50_000)
    expect(Buffer.compare(body, contentAt(5, 1000, body.length))).toBe(0)
    expect(origin.journal.entries[0]).toMatchObject({ outcome: 'reset', bytesSent: 50_000, status: 206 })
  })

  test('reset and close before the head', async () => {
    file.nextResponses([{ beforeHead: 'reset' }, { beforeHead: 'close' }])
    expect(await raw(file.url)).toMatchObject({ head: '', end: 'ECONNRESET' })
    expect(await raw(file.url)).toMatchObject({ head: '', end: 'closed' })
    expect(origin.journal.entries.map((entry) => entry.status)).toEqual([null, null])
  })

  test.each(['status-line', 'header', 'lengths'] as const)('malformed %s is refused by fetch', async (malformed) => {
    file.behave({ malformed })
    await expect(fetch(file.url)).rejects.toThrow()
  })

  test('a bad chunk fails the body; compact headers are fine', async () => {
    file.nextResponses([{ malformed: 'chunk' }, { malformed: 'compact-header' }])
    await expect(fetch(file.url).then((response) => response.arrayBuffer())).rejects.toThrow()
    const compact = await fetch(file.url)
    expect([compact.headers.get('x-compact'), (await compact.arrayBuffer()).byteLength]).toEqual(['value', 65_536])
  })
})

describe('waiting', () => {
  test('a stall holds the socket open until released, and then goes on, or ends', async () => {
    file.behave({ stallAfter: 1000 })
    const whole = raw(file.url)
    await origin.when({ file: 'f', bytesSent: 1000 })
    const held = await origin.when((entry) => entry.outcome === 'stalled')
    expect([held.bytesSent, held.endedAt]).toEqual([1000, null])
    origin.releaseStalls()
    expect((await whole).body.length).toBe(size)

    for (const [how, end] of [
      ['cut', 'closed'],
      ['reset', 'ECONNRESET'],
    ] as const) {
      const ended = raw(file.url)
      const { id } = await origin.nextRequest({ file: 'f' })
      await origin.when((entry) => entry.id === id && entry.outcome === 'stalled')
      file.releaseStalls(how)
      expect((await ended).end).toBe(end)
    }
  })

  test('a stall before the head', async () => {
    file.nextResponses([{ beforeHead: 'stall', status: 503 }])
    const answer = fetch(file.url)
    const held = await origin.when((entry) => entry.outcome === 'stalled')
    expect(held.status).toBeNull()
    origin.releaseStalls()
    expect((await answer).status).toBe(503)
  })

  test('a delayed head, a slow body', async () => {
    const slow = origin.file('slow', { size: 20_000, headDelay: 60, bytesPerSecond: 100_000 })
    const begun = performance.now()
    const response = await fetch(slow.url)
    expect(performance.now() - begun).toBeGreaterThan(55)
    await response.arrayBuffer()
    const took = performance.now() - begun
    expect(took).toBeGreaterThan(230)
    expect(took).toBeLessThan(2000)
  })

  test('nextRequest sees only what comes, when also what was; giving up prints the journal', async () => {
    await fetch(file.url, { method: 'HEAD' })
    const next = origin.nextRequest({ file: 'f' })
    await fetch(file.url, { method: 'HEAD' })
    expect([(await next).id - (await origin.when({ file: 'f' })).id]).toEqual([1])
    await expect(origin.when({ status: 599 }, { timeout: 20 })).rejects.toThrow(/HEAD \/files\/f {2}→ 200 complete/)
  })
})

describe('connections', () => {
  test('a client that leaves is journalled with the bytes it took', async () => {
    const big = origin.file('big', { size: 2 ** 32 })
    const abort = new AbortController()
    const response = await fetch(big.url, { signal: abort.signal })
    await response.body?.getReader().read()
    abort.abort()
    const entry = await origin.when({ file: 'big', ended: true })
    expect(entry).toMatchObject({ aborted: true, outcome: 'aborted' })
    expect(entry.bytesSent).toBeLessThan(2 ** 28)
  })

  test('back-pressure: a client that does not read stops the sending', async () => {
    const big = origin.file('big', { size: 2 ** 34 })
    const socket = connect(origin.port, '127.0.0.1', () =>
      socket.write(`GET ${new URL(big.url).pathname} HTTP/1.1\r\nHost: x\r\n\r\n`),
    )
    socket.pause()
    const entry = await origin.when({ file: 'big', bytesSent: 1 })
    const growth = async (): Promise<number> => {
      const before = entry.bytesSent
      await new Promise((resolve) => setTimeout(resolve, 100))
      return entry.bytesSent - before
    }
    while ((await growth()) > 0);
    expect(entry.bytesSent).toBeLessThan(64 << 20)
    socket.destroy()
    await origin.when({ file: 'big', ended: true })
  })

  test('refused, accepted again; answers under way run on, nothing new is served on their connection', async () => {
    file.behave({ stallAfter: 10 })
    const running = raw(file.url, { Connection: 'keep-alive' })
    await origin.when((entry) => entry.outcome === 'stalled')
    await origin.refuse()
    expect((await raw(file.url)).end).toBe('ECONNREFUSED')
    await origin.accept()
    file.behave({ stallAfter: null })
    expect((await raw(file.url)).body.length).toBe(size)
    origin.dropAllConnections()
    expect((await running).body.length).toBe(10)
  })

  test('restart: same port, connections dead, files and journal alive', async () => {
    file.behave({ stallAfter: 10 })
    const { port, url } = origin
    const running = raw(file.url)
    await origin.when((entry) => entry.outcome === 'stalled')
    await origin.restart()
    expect((await running).body.length).toBe(10)
    expect(origin.journal.forFile('f')).toMatchObject([{ outcome: 'dropped', bytesSent: 10 }])
    expect([origin.port, origin.url]).toEqual([port, url])
    file.behaveWell()
    expect((await raw(file.url)).body.length).toBe(size)
  })

  test('a port that is taken is an error', async () => {
    await expect(startOrigin({ port: origin.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  test('the journal knows how many were open at once, and which connection they came on', async () => {
    file.behave({ beforeHead: 'stall' })
    const all = [1, 2, 3].map(() => raw(file.url))
    await origin.when(() => origin.journal.matching((entry) => entry.outcome === 'stalled').length === 3)
    origin.releaseStalls()
    await Promise.all(all)
    await raw(file.url.replace('/f', '/none'))
    expect(origin.journal.peak({ file: 'f' })).toBe(3)
    expect(new Set(origin.journal.forFile('f').map((entry) => entry.connection)).size).toBe(3)
  })
})
