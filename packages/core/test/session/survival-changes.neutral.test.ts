/** Never a wrong file: bytes of two versions are never put together, whatever the server says or fails to say. */
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import type { RemoteFile } from '../../../testing/src/origin/remote-origin.ts'
import type { Behaviour, EntityChange, FileOptions } from '../../../testing/src/origin/vocabulary.ts'
import { asked, breakAt, bytesOf, inNode, makeSession, quick, rangesOf, reached, serve } from '../support/session.ts'

const SIZE = 600_000
const AT = 200_000

interface Case {
  /** How the server is, all the time. */
  readonly server?: Partial<FileOptions>
  /** What happens to the file while the connection is broken. */
  readonly change?: EntityChange
  /** What the second answer is like. */
  readonly second?: Behaviour
}

/** Breaks a download in the middle, changes what is behind the URL, and answers with what came of it. */
async function broken({ server = {}, change, second = {} }: Case) {
  const file = await serve('version.bin', { size: SIZE, seed: 1, ...server })
  await file.nextResponses([{ stallAfter: AT }, second])
  const task = makeSession(quick).downloadTask(file.url).resume()
  await reached(task, AT)
  if (change) await file.change({ seed: 2, ...change })
  await breakAt(task, file, AT)
  const { file: got } = await task.finished
  return { file, task, bytes: await bytesOf(await got.blob()) }
}

/** The last answer was the whole, not a part. */
async function gotTheWhole(file: RemoteFile): Promise<void> {
  const last = (await file.requests()).at(-1)
  expect(last?.status === 200 || last?.range === 'bytes=0-').toBe(true)
}

describe('a download starts over', () => {
  it.each<[string, Case]>([
    ['the entity changed, and the server says so by its ETag', { change: {} }],
    ['the entity changed, and only its Last-Modified tells', { server: { etag: 'none' }, change: {} }],
    ['the entity changed behind a weak ETag', { server: { etag: 'weak' }, change: {} }],
    [
      'the server ignores If-Range, and the part has another ETag',
      { server: { ranges: 'if-range-ignored' }, change: {} },
    ],
    [
      'the server ignores If-Range, and the part has another date',
      { server: { ranges: 'if-range-ignored', etag: 'none' }, change: {} },
    ],
    [
      'the server ignores If-Range, and the part has the same ETag but another date',
      { server: { ranges: 'if-range-ignored', headers: { ETag: '"never-changes"' } }, change: {} },
    ],
    [
      'the server ignores If-Range, and the whole has another length',
      {
        server: {
          ranges: 'if-range-ignored',
          headers: { ETag: '"same"', 'Last-Modified': 'Thu, 01 Jan 2026 00:00:00 GMT' },
        },
        change: { size: SIZE + 1 },
      },
    ],
    ['the file became shorter than what is there', { change: { size: AT - 1 } }],
    ['the file became empty', { change: { size: 0 } }],
  ])('when %s', async (_name, given) => {
    const { file, task, bytes } = await broken(given)
    expect(bytes).toEqual(contentAt(2, 0, given.change?.size ?? SIZE))
    expect(task.warnings).toContainEqual({ code: 'startedOver', message: expect.stringContaining('starts over') })
    await gotTheWhole(file)
  })

  it.each<[string, Case]>([
    ['the part starts elsewhere', { second: { partial: { startShift: 100 } } }],
    ['the part starts earlier', { second: { partial: { startShift: -100 } } }],
    ['the part has no Content-Range', { second: { partial: { contentRange: false } } }],
    ['the part tells another total', { second: { partial: { total: SIZE + 5 } } }],
    ['the part has another ETag', { second: { partial: { etag: '"other"' } } }],
    ['the part comes compressed', { second: { headers: { 'Content-Encoding': 'gzip' } } }],
    ['the server sends the whole instead of the part', { second: { ranges: 'ignored' } }],
    ['the server never could give parts', { server: { ranges: 'ignored' } }],
    ['the server says that it takes no ranges', { server: { headers: { 'Accept-Ranges': 'none' } } }],
    ['there is nothing to tell versions apart by', { server: { etag: 'none', lastModified: false } }],
    ['a range is refused though there is more', { second: { status: 416 } }],
    ['a range is refused without a reason', { second: { status: 416, unsatisfiable: 'bare' } }],
  ])('when %s, and the file is right', async (_name, given) => {
    const { file, bytes } = await broken(given)
    expect(bytes).toEqual(contentAt(1, 0, SIZE))
    // What a browser is not shown across origins is made up for by arithmetic, or by another attempt.
    if (inNode) await gotTheWhole(file)
  })

  it.each<[string, FileOptions]>([
    ['the whole came again', { ranges: 'ignored' }],
    ['a part did not fit', { partial: { startShift: 1 } }],
  ])('and counts from zero when %s', async (_name, behaviour) => {
    const file = await serve('again.bin', { size: SIZE, seed: 1 })
    await file.nextResponses([{ stallAfter: AT }])
    const told: (readonly [string, number])[] = []
    const session = makeSession(quick, {
      didResumeAtOffset: (_task, offset) => void told.push(['resumed at', offset]),
      didWriteData: (_task, written) => void told.push(['written', written]),
    })
    const task = session.downloadTask(file.url).resume()
    await reached(task, AT)
    await file.behave(behaviour)
    await breakAt(task, file, AT)
    await task.finished
    const again = told.findIndex(([what]) => what === 'resumed at')
    const sum = (calls: typeof told): number => calls.reduce((all, [, bytes]) => all + bytes, 0)
    expect(told[again]).toEqual(['resumed at', 0])
    expect([sum(told.slice(0, again)), sum(told.slice(again))]).toEqual([AT, SIZE])
  })
})

describe('a download goes on', () => {
  it.each<[string, Case]>([
    ['the server does not announce that it takes ranges', { server: { acceptRanges: false } }],
    ['there is a weak ETag, but a date', { server: { etag: 'weak' } }],
    ['there is no date, but an ETag', { server: { lastModified: false } }],
    ['the part does not know the whole length', { second: { partial: { total: '*' } } }],
    ['the length of the whole is not known at first', { server: { framing: 'chunked' } }],
  ])('when %s', async (_name, given) => {
    const { file, bytes } = await broken(given)
    expect(bytes).toEqual(contentAt(1, 0, SIZE))
    expect(await rangesOf(file)).toEqual([null, `bytes=${AT}-`])
  })

  // Across origins If-Range would cost a preflight; the part's own validators decide there.
  it.runIf(inNode)('by asking with the strongest validator there is', async () => {
    const strong = await broken({})
    expect((await strong.file.requests())[1]?.headers['if-range']).toBe(strong.file.etag)
    for (const etag of ['weak', 'none'] as const) {
      const [first, second] = await (await broken({ server: { etag } })).file.requests()
      expect(second?.headers['if-range']).toBe(first?.responseHeaders['last-modified'])
    }
  })

  it('never from a cache, which may hold another version', async () => {
    const file = await serve('cached.bin', { size: SIZE, seed: 1, headers: { 'Cache-Control': 'max-age=3600' } })
    const session = makeSession(quick)
    await session.download(file.url)
    await file.change({ seed: 2 })
    await file.nextResponses([{ stallAfter: AT }])
    const task = session.downloadTask({ url: file.url, cachePolicy: 'reload' }).resume()
    await asked(file)
    await breakAt(task, file, AT)
    const { file: got } = await task.finished
    expect(await bytesOf(await got.blob())).toEqual(contentAt(2, 0, SIZE))
    expect((await rangesOf(file)).at(-1)).toBe(`bytes=${AT}-`)
  })
})
