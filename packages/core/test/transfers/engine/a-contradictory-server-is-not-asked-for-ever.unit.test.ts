/** Servers whose answers do not fit each other: bounded requests, and never a wrong file. */
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import type { ScriptedAnswer } from '../../../../testing/src/fakes/scripted-transport.ts'
import type { WireRequest } from '../../../src/ports/transport.ts'
import { Life } from '../support/engine-life.ts'

const SIZE = 1000
const whole = contentAt(1, 0, SIZE)
const etag = '"v1"'
const breaks: ScriptedAnswer = {
  headers: { etag, 'content-length': String(SIZE) },
  content: { size: SIZE, piece: 100, failAfter: 400, read: (at, length) => whole.slice(at, at + length) },
}

/** A life against a server that gives 400 good bytes and then answers every question in one bad way. */
async function against(
  bad: (request: WireRequest) => ScriptedAnswer,
): Promise<{ life: Life; uid: string; requests: () => number }> {
  const life = await Life.begin({ settings: { retry: { attempts: 5, baseDelay: 1, maximumDelay: 1 } } })
  life.platform.transport.answerWith((request, index) => (index === 0 ? breaks : bad(request)))
  const uid = await life.start()
  return { life, uid, requests: () => life.platform.transport.sent.length }
}

const part = (headers: { [name: string]: string }, body: Uint8Array = whole.slice(400)): ScriptedAnswer => ({
  status: 206,
  headers: { etag, ...headers },
  body,
})

describe('a server that answers every question', () => {
  it.each<[string, (request: WireRequest) => ScriptedAnswer]>([
    ['with a part that starts elsewhere', () => part({ 'content-range': 'bytes 1-999/1000' })],
    ['with a part without Content-Range', () => part({})],
    ['with a compressed part', () => part({ 'content-range': 'bytes 400-999/1000', 'content-encoding': 'gzip' })],
    ['with 416', () => ({ status: 416 })],
    ['with a part that is longer than it says', () => part({ 'content-range': 'bytes 0-99/1000' }, whole)],
    ['with a whole that is longer than it says', () => ({ headers: { etag, 'content-length': '500' }, body: whole })],
    ['with a whole that is shorter than it says', () => ({ headers: { etag, 'content-length': '1500' }, body: whole })],
    [
      'with another file each time',
      () => ({ headers: { etag: `"${Math.random()}"`, 'content-length': '1500' }, body: whole }),
    ],
    ['by breaking at the same byte', () => breaks],
  ])('%s is given up in time, with no file', async (_what, bad) => {
    const { life, uid, requests } = await against(bad)
    const outcome = await Promise.race([life.until('failed', uid), life.until('finished', uid)])
    // 416 to a question for the whole is an answer like 404, whose body is the file.
    if (outcome.type === 'finished') expect(outcome.response.status).toBe(416)
    else expect(['badServerResponse', 'networkConnectionLost']).toContain(outcome.error.code)
    expect(requests()).toBeLessThanOrEqual(14)
  })

  it('with parts of one byte gives the file all the same, in one attempt', async () => {
    const { life, uid } = await against((request) => {
      const from = Number(/bytes=(\d+)-/.exec(request.headers.get('range') ?? '')?.[1] ?? 0)
      return part({ 'content-range': `bytes ${from}-${from}/1000`, 'content-length': '1' }, whole.slice(from, from + 1))
    })
    expect(await life.bytes(await life.finished(uid))).toEqual(whole)
    expect(life.story(uid).filter((line) => line.startsWith('res'))).toEqual([
      'response 200',
      'response 200',
      'resumed at 400',
    ])
  })
})

describe('a part that does not tell the total', () => {
  it('is not taken for the end: the server is asked until it has no more', async () => {
    const life = await Life.begin({ settings: { retry: { baseDelay: 1 } } })
    life.platform.transport.answerWith((request, index) => {
      if (index === 0) return { headers: { etag }, ...(breaks.content ? { content: breaks.content } : {}) }
      const from = Number(/bytes=(\d+)-/.exec(request.headers.get('range') ?? '')?.[1] ?? 0)
      if (from >= SIZE) return { status: 416, headers: { etag, 'content-range': `bytes */${SIZE}` } }
      return part(
        { 'content-range': `bytes ${from}-${Math.min(SIZE, from + 300) - 1}/*` },
        whole.slice(from, from + 300),
      )
    })
    const uid = await life.start()
    expect(await life.bytes(await life.finished(uid))).toEqual(whole)
    expect(life.platform.transport.sent.map(({ headers }) => headers.get('range'))).toEqual([
      null,
      'bytes=400-',
      'bytes=700-',
      'bytes=1000-',
    ])
  })

  it('and is cut short is a break, not a file', async () => {
    const life = await Life.begin({ settings: { retry: { baseDelay: 1 } } })
    life.platform.transport.answerWith((_request, index) => {
      if (index === 0) return { headers: { etag }, ...(breaks.content ? { content: breaks.content } : {}) }
      if (index === 1) return part({ 'content-range': 'bytes 400-999/*' }, whole.slice(400, 600))
      return part({ 'content-range': 'bytes 600-999/1000' }, whole.slice(600))
    })
    const uid = await life.start()
    expect(await life.bytes(await life.finished(uid))).toEqual(whole)
    expect(life.platform.transport.sent.at(-1)?.headers.get('range')).toBe('bytes=600-')
  })

  it('is known to be the rest where the total was known before', async () => {
    const { life, uid, requests } = await against(() => part({ 'content-range': 'bytes 400-999/*' }))
    expect(await life.bytes(await life.finished(uid))).toEqual(whole)
    expect(requests()).toBe(2)
  })
})
