import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FileHandle, type Origin, contentAt, sha256Of, startOrigin } from '../src/origin/index.ts'
import { raw } from './raw-client.ts'

let origin: Origin
let file: FileHandle
const size = 3_000_001
const get = (headers: Record<string, string> = {}, init: RequestInit = {}): Promise<Response> =>
  fetch(file.url, { headers: { 'Accept-Encoding': 'identity', ...headers }, ...init })
const bytesOf = async (response: Response): Promise<Uint8Array> => new Uint8Array(await response.arrayBuffer())

beforeAll(async () => {
  origin = await startOrigin()
})
afterAll(() => origin.stop())
beforeEach(() => {
  origin.journal.clear()
  file = origin.file('film.bin', { size, seed: 42 })
})

describe('a good server', () => {
  test('gives the whole file with length, validators and ranges', async () => {
    const response = await get()
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-length': String(size),
      'accept-ranges': 'bytes',
      etag: file.etag,
      'content-type': 'application/octet-stream',
    })
    expect(response.headers.get('last-modified')).toMatch(/GMT$/)
    expect(Buffer.compare(await bytesOf(response), contentAt(42, 0, size))).toBe(0)
    expect(origin.journal.forFile('film.bin')).toMatchObject([
      { status: 200, bytesSent: size, outcome: 'complete', aborted: false },
    ])
  })

  test.each([
    ['bytes=0-0', 0, 1],
    ['bytes=100-', 100, size],
    ['bytes=-500', size - 500, size],
    ['bytes=1048000-1049000', 1_048_000, 1_049_001],
    [`bytes=5-${size + 10}`, 5, size],
    ['bytes=-99999999', 0, size],
  ])('%s', async (range, from, to) => {
    const response = await get({ Range: range })
    expect([response.status, response.headers.get('content-range')]).toEqual([206, `bytes ${from}-${to - 1}/${size}`])
    expect(Buffer.compare(await bytesOf(response), contentAt(42, from, to - from))).toBe(0)
  })

  test.each(['bytes=5-2', 'bytes=a-b', 'items=0-1', 'bytes=0-1,4-5', 'bytes=-'])('%s is ignored', async (range) => {
    expect((await get({ Range: range })).status).toBe(200)
  })

  test('416 names the size, or not', async () => {
    expect((await get({ Range: `bytes=${size}-` })).headers.get('content-range')).toBe(`bytes */${size}`)
    file.behave({ unsatisfiable: 'bare' })
    const bare = await get({ Range: `bytes=${size}-` })
    expect([bare.status, bare.headers.get('content-range')]).toEqual([416, null])
  })

  test('If-Range lets through what is strong and equal, and nothing else', async () => {
    const asked = async (validator: string): Promise<number> =>
      (await get({ Range: 'bytes=10-', 'If-Range': validator })).status
    const date = (await get()).headers.get('last-modified') as string
    expect([await asked(file.etag), await asked(date), await asked('"other"'), await asked(`W/${file.etag}`)]).toEqual([
      206, 206, 200, 200,
    ])
    file.behave({ etag: 'weak' })
    expect([await asked(`W/${file.etag}`), await asked(date)]).toEqual([200, 206])
  })

  test('preconditions', async () => {
    expect((await get({ 'If-None-Match': file.etag })).status).toBe(304)
    expect((await get({ 'If-Match': '"other"' })).status).toBe(412)
    expect((await get({ 'If-Match': file.etag, Range: 'bytes=1-2' })).status).toBe(206)
  })

  test('HEAD has the head and no body', async () => {
    const response = await get({}, { method: 'HEAD' })
    expect([response.status, response.headers.get('content-length'), (await bytesOf(response)).length]).toEqual([
      200,
      String(size),
      0,
    ])
  })

  test('an empty file, a literal body, odd names', async () => {
    const empty = origin.file('empty', { size: 0 })
    expect((await bytesOf(await fetch(empty.url))).length).toBe(0)
    expect((await fetch(empty.url, { headers: { Range: 'bytes=0-' } })).status).toBe(416)
    const json = origin.file('a b/ü?.json', { body: '{"ü":1}', contentType: 'application/json' })
    expect(await (await fetch(json.url)).json()).toEqual({ ü: 1 })
    expect((await fetch(`${origin.url}/files/none`)).status).toBe(404)
  })

  test('a digest without holding the file', async () => {
    const expected = createHash('sha256')
      .update(contentAt(42, 0, size))
      .digest('base64')
    expect((await file.sha256()).sri).toBe(`sha256-${expected}`)
    expect((await sha256Of({ seed: 42, size })).sri).toBe(`sha256-${expected}`)
  })

  test('a range deep in a file of 5 TiB', async () => {
    const huge = origin.file('huge', { size: 5 * 2 ** 40, seed: 8 })
    const response = await fetch(huge.url, { headers: { Range: `bytes=${4 * 2 ** 40 + 3}-${4 * 2 ** 40 + 1002}` } })
    expect(Buffer.compare(await bytesOf(response), contentAt(8, 4 * 2 ** 40 + 3, 1000))).toBe(0)
  })
})

describe('servers that are less good', () => {
  test.each([
    [{ etag: 'weak' }, /^W\//, true],
    [{ etag: 'none' }, null, true],
    [{ etag: 'none', lastModified: false }, null, false],
  ] as const)('validators %j', async (behaviour, etag, dated) => {
    file.behave(behaviour)
    const { headers } = await get()
    if (etag) expect(headers.get('etag')).toMatch(etag)
    else expect(headers.get('etag')).toBeNull()
    expect(headers.has('last-modified')).toBe(dated)
  })

  test('no ranges: 200 to everything', async () => {
    file.behave({ ranges: 'ignored' })
    const response = await get({ Range: 'bytes=10-' })
    expect([response.status, response.headers.get('accept-ranges'), (await bytesOf(response)).length]).toEqual([
      200,
      null,
      size,
    ])
  })

  test('If-Range ignored: a 206 of the new version', async () => {
    const old = file.etag
    file.behave({ ranges: 'if-range-ignored' }).change({ seed: 77 })
    const response = await get({ Range: 'bytes=10-19', 'If-Range': old })
    expect([response.status, response.headers.get('etag')]).toEqual([206, file.etag])
    expect(await bytesOf(response)).toEqual(new Uint8Array(contentAt(77, 10, 10)))
  })

  test('a change gives new validators, a new size, and leaves what is being sent alone', async () => {
    file.behave({ stallAfter: 1000 })
    const running = await get()
    const [etag, date] = [file.etag, running.headers.get('last-modified')]
    file.behave({ stallAfter: null }).change({ size: 500 })
    file.releaseStalls()
    expect(Buffer.compare(await bytesOf(running), contentAt(42, 0, size))).toBe(0)
    const next = await get()
    expect(next.headers.get('etag')).not.toBe(etag)
    expect(next.headers.get('last-modified')).not.toBe(date)
    expect(Buffer.compare(await bytesOf(next), contentAt(43, 0, 500))).toBe(0)
    expect((await get({ Range: 'bytes=600-' })).status).toBe(416)
  })

  test('a change that keeps its validators', async () => {
    const before = file.etag
    file.change({ keepValidators: true })
    expect([file.etag, file.seed]).toEqual([before, 43])
  })

  test.each([
    [{ startShift: 5 }, `bytes 15-19/${size}`, 15, 5],
    [{ startShift: -4 }, `bytes 6-19/${size}`, 6, 14],
    [{ total: 12 }, 'bytes 10-19/12', 10, 10],
    [{ total: '*' }, 'bytes 10-19/*', 10, 10],
    [{ contentRange: false }, null, 10, 10],
    [{ bodyShift: 3 }, `bytes 10-19/${size}`, 13, 10],
  ] as const)('a 206 that lies: %j', async (partial, contentRange, from, length) => {
    file.behave({ partial })
    const response = await get({ Range: 'bytes=10-19' })
    expect([response.status, response.headers.get('content-range')]).toEqual([206, contentRange])
    expect(await bytesOf(response)).toEqual(new Uint8Array(contentAt(42, from, length)))
  })

  test('a 206 with another ETag, a short 206, a byte gone bad', async () => {
    file.behave({ partial: { etag: '"x"' }, rangeLimit: 4, corruptAt: 12 })
    const response = await get({ Range: 'bytes=10-19' })
    expect([response.headers.get('etag'), response.headers.get('content-range')]).toEqual([
      '"x"',
      `bytes 10-13/${size}`,
    ])
    const good = contentAt(42, 10, 4)
    good[2] = (good[2] ?? 0) ^ 0xff
    expect(await bytesOf(response)).toEqual(new Uint8Array(good))
  })

  test('statuses, Retry-After, bodies', async () => {
    file.nextResponses([
      { status: 429, retryAfter: 2 },
      { status: 503, retryAfterDate: 5000, text: 'soon' },
      { status: 404, text: 'gone' },
      { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="x"' } },
    ])
    expect((await get()).headers.get('retry-after')).toBe('2')
    const later = await get()
    expect(Date.parse(later.headers.get('retry-after') as string) - Date.now()).toBeGreaterThan(2000)
    expect(await later.text()).toBe('soon')
    const gone = await get({ Range: 'bytes=5-' })
    expect([gone.status, await gone.text()]).toEqual([404, 'gone'])
    expect((await get()).headers.get('www-authenticate')).toContain('Basic')
    expect([file.scripted, (await get()).status]).toEqual([0, 200])
  })

  test('redirects: a chain back to the file, another place, a status', async () => {
    file.nextResponses([{ redirect: { status: 307, to: '/echo' } }])
    expect((await get()).url).toBe(`${origin.url}/echo`)
    file.behave({ redirect: { hops: 3 } })
    const response = await get({ Range: 'bytes=0-3' })
    expect([response.status, response.redirected, response.url]).toEqual([206, true, `${file.url}?hop=3`])
    expect(origin.journal.forFile('film.bin').map((entry) => entry.status)).toEqual([307, 302, 302, 302, 206])
  })

  test('gzip and br, whole and cut', async () => {
    const text = origin.file('text', { body: 'a line of text\n'.repeat(5000), encoding: 'gzip' })
    const first = await fetch(text.url)
    expect(Number(first.headers.get('content-length'))).toBeLessThan(5000)
    expect((await first.text()).length).toBe(75_000)
    text.behave({ encoding: 'br' })
    expect((await (await fetch(text.url)).text()).length).toBe(75_000)
    text.behave({ encoding: 'gzip', encodingCut: 20 })
    const { head, body, end } = await raw(text.url)
    expect(head).toContain(`Content-Length: ${body.length}`)
    expect(end).toBe('closed')
    expect(() => gunzipSync(body)).toThrow('unexpected end')
  })

  test('names and types go out as they are', async () => {
    const hostile = 'attachment; filename="../../etc/päss\\"wd"; filename*=UTF-8\'\'%2e%2e%2fx'
    file.behave({ disposition: hostile, contentType: 'video/mp4', headers: { 'X-Own': 'ü', etag: null } })
    const { headers } = await get()
    expect(Buffer.from(headers.get('content-disposition') as string, 'latin1').toString('utf8')).toBe(hostile)
    expect([headers.get('content-type'), headers.get('etag')]).toEqual(['video/mp4', null])
  })

  test('decide chooses by request; a script goes first; a misspelt fault throws', async () => {
    file
      .decide(({ headers, index }) => (headers['x-bad'] !== undefined ? { status: 500 + index } : null))
      .nextResponses([{}])
    expect((await get({ 'X-Bad': '1' })).status).toBe(200)
    expect((await get({ 'X-Bad': '1' })).status).toBe(501)
    expect((await get()).status).toBe(200)
    expect(() => file.behave({ stalAfter: 3 } as never)).toThrow(/unknown behaviour 'stalAfter'; there are: etag/)
    expect(() => origin.file('x', { seed: 1 })).toThrow(/needs a size/)
    file.behave({ status: 500 }).behaveWell()
    expect((await get()).status).toBe(200)
  })
})
