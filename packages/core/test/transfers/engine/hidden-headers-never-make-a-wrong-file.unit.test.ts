/** A browser's view across origins: filtered heads, compression nobody tells of, parts nobody proves. */
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { ScriptedTransport, type ScriptedAnswer } from '../../../../testing/src/fakes/scripted-transport.ts'
import { describe, expect, it } from 'vitest'
import type { WireRequest } from '../../../src/ports/transport.ts'
import { Life } from '../support/engine-life.ts'

const SIZE = 1000
const whole = contentAt(1, 0, SIZE)
const lastModified = 'Mon, 05 Jan 2026 10:00:00 GMT'

type Shown = Omit<ScriptedAnswer, 'headersFiltered'>

/** A life in a browser, against a server on another origin that exposes only what is shown. */
async function across(
  answer: (request: WireRequest, index: number) => Shown,
): Promise<{ life: Life; uid: string; ranges: () => (string | null)[] }> {
  const transport = new ScriptedTransport({ redirects: 'final-only' })
  transport.answerWith((request, index) => ({ ...answer(request, index), headersFiltered: true }))
  const life = await Life.begin({ transport, settings: { retry: { attempts: 5, baseDelay: 1, maximumDelay: 1 } } })
  const uid = await life.start()
  return { life, uid, ranges: () => transport.sent.map(({ headers }) => headers.get('range')) }
}

const from = (request: WireRequest): number | null => {
  const match = /bytes=(\d+)-/.exec(request.headers.get('range') ?? '')
  return match ? Number(match[1]) : null
}
/** The first `bytes` of the file, then a break. */
const broken = (bytes: number, headers: Record<string, string>): Shown => ({
  headers,
  content: { size: SIZE, piece: 100, failAfter: bytes, read: (at, length) => whole.slice(at, at + length) },
})
const date = { 'last-modified': lastModified }

describe('across origins', () => {
  it('the rest is appended by date and length, without If-Range, and the server is told what to expose', async () => {
    const { life, uid, ranges } = await across((request, index) =>
      index === 0
        ? broken(300, { 'content-length': '1000', ...date })
        : { status: 206, headers: { 'content-length': '700', ...date }, body: whole.slice(from(request) ?? 0) },
    )
    expect(await life.bytes(await life.finished(uid))).toEqual(whole)
    expect(ranges()).toEqual([null, 'bytes=300-'])
    expect(life.platform.transport.sent[1]?.headers.get('if-range')).toBeNull()
  })

  it('a file that can never be resumed says which header is missing', async () => {
    const { life, uid } = await across(() => ({ headers: { 'content-length': '1000' }, body: whole }))
    await life.finished(uid)
    expect(life.told('warning', uid)[0]?.warning).toMatchObject({
      code: 'headersHidden',
      message: expect.stringContaining('Access-Control-Expose-Headers: ETag') as string,
    })
  })

  it('another file’s part starts over', async () => {
    const other = contentAt(2, 0, SIZE)
    const { life, uid, ranges } = await across((request, index) => {
      if (index === 0) return broken(300, { 'content-length': '1000', ...date })
      const start = from(request)
      const headers = { 'last-modified': 'Tue, 06 Jan 2026 10:00:00 GMT' }
      return start === null || start === 0
        ? { status: start === null ? 200 : 206, headers: { ...headers, 'content-length': '1000' }, body: other }
        : start < SIZE
          ? { status: 206, headers: { ...headers, 'content-length': String(SIZE - start) }, body: other.slice(start) }
          : { status: 416 }
    })
    expect(await life.bytes(await life.finished(uid))).toEqual(other)
    expect(ranges()[0]).toBeNull()
  })

  it('a compressed body is more than its length says, and is taken whole', async () => {
    const { life, uid } = await across(() => ({ headers: { 'content-length': '120', ...date }, body: whole }))
    expect(await life.bytes(await life.finished(uid))).toEqual(whole)
    expect(life.told('progress', uid).at(-1)).toMatchObject({ received: SIZE, total: null })
  })

  it('a compressed body that breaks is asked for without compression, and proved by asking for more', async () => {
    const { life, uid, ranges } = await across((request, index) => {
      if (index === 0) return broken(600, { 'content-length': '120', ...date })
      const start = from(request) ?? 0
      return start < SIZE
        ? { status: 206, headers: { 'content-length': String(SIZE - start), ...date }, body: whole.slice(start) }
        : { status: 416 }
    })
    expect(await life.bytes(await life.finished(uid))).toEqual(whole)
    expect(ranges()).toEqual([null, 'bytes=0-', 'bytes=1000-'])
  })

  it('a server that gives parts only, and hides which, ends with the whole all the same', async () => {
    const { life, uid, ranges } = await across((request, index) => {
      if (index === 0) return broken(600, { 'content-length': '120', ...date })
      const start = from(request)
      if (start === null) return { headers: { 'content-length': '120', ...date }, body: whole }
      const end = Math.min(SIZE, start + 400)
      return { status: 206, headers: { 'content-length': String(end - start), ...date }, body: whole.slice(start, end) }
    })
    expect(await life.bytes(await life.finished(uid))).toEqual(whole)
    expect(ranges()).toEqual([null, 'bytes=0-', 'bytes=400-', null])
  })

  it('a body shorter than a hidden compression made it look ends whole', async () => {
    const { life, uid } = await across((request) => {
      const start = from(request)
      if (start === null) return { headers: { 'content-length': '1100', ...date }, body: whole }
      return start < SIZE
        ? { status: 206, headers: { 'content-length': String(SIZE - start), ...date }, body: whole.slice(start) }
        : { status: 416 }
    })
    expect(await life.bytes(await life.finished(uid))).toEqual(whole)
  })

  it('a compression that is told is given up for plain bytes, once', async () => {
    const { life, uid, ranges } = await across((request) => {
      const start = from(request)
      return start === null
        ? { headers: { 'content-encoding': 'gzip', ...date }, body: whole }
        : { status: 206, headers: { 'content-range': `bytes ${start}-999/1000`, ...date }, body: whole.slice(start) }
    })
    expect(await life.bytes(await life.finished(uid))).toEqual(whole)
    expect([ranges(), life.told('warning', uid)]).toEqual([[null, 'bytes=0-'], []])
  })

  it('a server that compresses whatever it is asked is believed', async () => {
    const { life, uid, ranges } = await across(() => ({
      headers: { 'content-encoding': 'gzip', ...date },
      body: whole,
    }))
    expect(await life.bytes(await life.finished(uid))).toEqual(whole)
    expect(ranges()).toEqual([null, 'bytes=0-'])
  })
})
