/** What the bytes of a stream of events mean, wherever they are cut. */
import { describe, expect, it } from 'vitest'
import { SeededChance } from '../../../testing/src/fakes/fixed-chance.ts'
import type { ServerSentEvent } from '../../src/session/server-sent-events.ts'
import { plain, Server, type Script } from './support/event-server.ts'
import { cut, encode } from './support/pieces.ts'

const SEEDS = 300

const of = (...pieces: (string | Uint8Array)[]): Promise<ServerSentEvent[]> => new Server({ pieces }).all()

/** The events of a whole text, as the standard puts it, with no regard to speed or pieces. */
function byTheBook(text: string): string[][] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .replaceAll('\r', '\n')
    .split('\n')
    .slice(0, -1)
  const events: string[][] = []
  let [type, data, id, lastID] = ['', '', '', '']
  for (const line of lines) {
    if (line === '') {
      lastID = id
      if (data !== '') events.push([type === '' ? 'message' : type, data.slice(0, -1), lastID])
      type = data = ''
      continue
    }
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/su.exec(line) ?? []
    if (field === 'event') type = value
    else if (field === 'data') data += `${value}\n`
    else if (field === 'id' && !value.includes('\0')) id = value
  }
  return events
}

describe('the grammar', () => {
  it('joins lines of data by LF and takes off one space', async () => {
    expect(plain(await of('data: a\ndata:b\ndata\ndata:  c\n\n'))).toEqual([['message', 'a\nb\n\n c', '']])
  })

  it('knows types and identifiers, and an identifier stays in force', async () => {
    const text = 'event: add\nid: 1\ndata: x\n\ndata: y\n\nid\ndata: z\n\nid: 4\n\nevent: only\n\ndata: end\n\n'
    expect(plain(await of(text))).toEqual([
      ['add', 'x', '1'],
      ['message', 'y', '1'],
      ['message', 'z', ''],
      ['message', 'end', '4'],
    ])
  })

  it('passes over comments, unknown fields, a NUL in an identifier and an event without data', async () => {
    const text = ': hello\n\nfoo: bar\nID: 7\ndata: a\n\nid: x\0y\ndata: b\n\nid: 5\nevent: nothing\n\ndata:\n\n'
    expect(plain(await of(text))).toEqual([
      ['message', 'a', ''],
      ['message', 'b', ''],
      ['message', '', '5'],
    ])
  })

  it('takes off one byte order mark, however it is cut', async () => {
    const mark = encode('\uFEFF')
    expect(plain(await of(mark.subarray(0, 2), mark.subarray(2), 'data: a\n\n'))).toEqual([['message', 'a', '']])
    expect(await of('\uFEFF\uFEFFdata: a\n\n')).toEqual([])
  })

  it('ends lines in LF, CR and CRLF, also one that is cut in two', async () => {
    expect(plain(await of('data: a\r', '\ndata: b\r\r', 'data: c\n\r\n'))).toEqual([
      ['message', 'a\nb', ''],
      ['message', 'c', ''],
    ])
  })

  it('drops what is not complete when the stream ends', async () => {
    expect(plain(await of('data: a\n\nid: 9\ndata: b\n'))).toEqual([['message', 'a', '']])
  })

  it('gives the same events wherever the bytes are cut', async () => {
    const lines = ['', '', 'data: a', 'data:ü€🙂', 'data', 'data:  two', 'id: 1', 'id', 'id: ü', 'event: add', 'event:']
    const others = [
      ':',
      ': note',
      'unknown: field',
      ' data: no',
      'Data: no',
      'datum: no',
      'id: x\0',
      '\uFEFFdata: no',
      'dat',
    ]
    for (let seed = 1; seed <= SEEDS; seed++) {
      const chance = new SeededChance(seed)
      const text = Array.from({ length: chance.between(0, 40) }, () => {
        const line = chance.pick(chance.next() < 0.8 ? lines : others)
        return line + chance.pick(['\n', '\r', '\r\n'])
      }).join('')
      const marked = (chance.next() < 0.3 ? '\uFEFF' : '') + text
      const events = await of(...cut(encode(marked), chance))
      expect(plain(events), `seed ${seed}: ${JSON.stringify(marked)}`).toEqual(byTheBook(marked))
    }
  })
})

describe('an event that is too large', () => {
  const tooLarge = { code: 'dataLengthExceedsMaximum', retryable: false }

  it('ends the stream after those before it, whether in one piece or in many', async () => {
    const text = `data: ok\n\ndata: ${'x'.repeat(101)}\n\n`
    for (const pieces of [[text], cut(encode(text), new SeededChance(1))]) {
      const events = new Server({ pieces }).events({ limit: 100 })
      expect((await events.next()).value).toMatchObject({ data: 'ok' })
      await expect(events.next()).rejects.toMatchObject(tooLarge)
    }
  })

  it('is noticed in many small lines, in a line without an end, and in an identifier', async () => {
    for (const pieces of [
      Array.from({ length: 60 }, () => 'data: x\n'),
      Array.from({ length: 120 }, (_, index) => (index === 0 ? 'data: ' : 'x')),
      Array.from({ length: 120 }, (_, index) => (index === 0 ? 'id: ' : 'x')),
    ]) {
      const server = new Server({ pieces, stays: true })
      await expect(server.all({ limit: 100 })).rejects.toMatchObject(tooLarge)
      expect([server.asked.length, server.left]).toEqual([1, 1])
    }
  })

  it('is one over the limit and not one at the limit, which is a mebi-character where nothing is said', async () => {
    const data = (length: number): Script => ({ pieces: [`data: ${'x'.repeat(length)}\n\n`] })
    expect(await new Server(data(1_048_576)).all()).toHaveLength(1)
    await expect(new Server(data(1_048_577)).all()).rejects.toMatchObject(tooLarge)
  })

  it('is not made by many that are small, nor by comments', async () => {
    const pieces = Array.from({ length: 100 }, () => ': a comment that is long enough\ndata: 12345\n\n')
    expect(await new Server({ pieces }).all({ limit: 20 })).toHaveLength(100)
  })
})
