/** Events over connections that end, break, refuse and hang. */
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../testing/src/fakes/fake-clock.ts'
import { FixedChance } from '../../../testing/src/fakes/fixed-chance.ts'
import { settle } from '../../../testing/src/fakes/turns.ts'
import { URLError } from '../../src/model/url-error.ts'
import { eventsOf, lastEventIDHeader } from '../../src/session/server-sent-events.ts'
import { answer, lost, plain, retry, Server, url, type Script } from './support/event-server.ts'
import { encode, spoiling } from './support/pieces.ts'

describe('a connection that ends', () => {
  it('is followed by another, behind the last event, until the server says 204', async () => {
    const server = new Server({ pieces: ['id: 1\ndata: a\n\n'] }, { pieces: ['data: b\n\nid: 2\n\nid: 3\ndata: lost'] })
    expect(plain(await server.all())).toEqual([
      ['message', 'a', '1'],
      ['message', 'b', '1'],
    ])
    expect(server.asked).toEqual(['', '1', '2'])
  })

  it('is followed after three seconds, or what the server says, and a random while on top', async () => {
    const server = new Server(
      { pieces: ['data: a\n\n'] },
      { pieces: ['retry: 10\ndata: b\n\n'] },
      { pieces: ['retry: 1x\n\ndata: c\n\n'] },
    )
    const events = await server.all()
    expect(events.map(({ retry: time }) => time)).toEqual([null, 10, 10])
    expect(server.waits).toEqual([3000 + 500, 10 + 500, 10 + 500])
  })

  it('is never waited for less than the server wants, and no longer than a day', async () => {
    const server = new Server({ pieces: ['retry: 200\n\n'] }, { pieces: [`retry: ${'9'.repeat(400)}\n\n`] })
    await server.all({ chance: new FixedChance([0]) })
    expect(server.waits).toEqual([200, 86_400_000])
  })

  it('and brings nothing makes the waits grow, to a limit, until something arrives', async () => {
    const server = new Server({}, {}, {}, {}, {}, { pieces: [':'] }, {})
    await server.all()
    const floor = 3000
    expect(server.waits).toEqual([500, 1000, 2000, 4000, 4000, 500, 1000].map((jitter) => floor + jitter))
  })

  it('is given up, like every other', async () => {
    const server = new Server({ pieces: ['data: a\n\n'] }, { breaks: lost() })
    await server.all()
    expect(server.left).toBe(3)
  })
})

describe('a connection that fails', () => {
  it('in the middle loses only the event that was not complete', async () => {
    const server = new Server(
      { pieces: ['id: 1\ndata: a\n\nid: 2\ndata: b'], breaks: lost() },
      { pieces: ['data: c\n\n'] },
    )
    expect(plain(await server.all())).toEqual([
      ['message', 'a', '1'],
      ['message', 'c', '1'],
    ])
    expect(server.asked).toEqual(['', '1', '1'])
  })

  it('to open is tried again, but not for ever', async () => {
    const server = new Server({ refused: lost() }, { refused: lost() }, { pieces: ['data: a\n\n'] })
    expect(plain(await server.all())).toEqual([['message', 'a', '']])
    const dead = new Server({ refused: lost() }, { refused: lost() }, { refused: lost() })
    await expect(dead.all()).rejects.toMatchObject({ code: 'networkConnectionLost' })
    expect(dead.asked).toHaveLength(retry.attempts)
  })

  it('after it was open is tried again as often as it takes', async () => {
    const server = new Server(...Array.from({ length: 30 }, () => ({ breaks: lost() })))
    expect(await server.all()).toEqual([])
    expect(server.asked).toHaveLength(31)
  })

  it('for good is not tried again', async () => {
    const server = new Server({ refused: new URLError('secureConnectionFailed', { url }) })
    await expect(server.all()).rejects.toMatchObject({ code: 'secureConnectionFailed' })
    const broken = new Server({ breaks: new RangeError('no error of ours') })
    await expect(broken.all()).rejects.toThrow(RangeError)
    expect([...server.asked, ...broken.asked]).toEqual(['', ''])
  })

  it.each([
    [500, 'text/event-stream', 'HTTP 500'],
    [503, null, 'HTTP 503'],
    [206, 'text/event-stream', 'HTTP 206'],
    [200, 'text/html', 'its type is text/html'],
    [200, null, 'its type is not said'],
  ])('because it answers %i with type %s is not tried again', async (status, type, why) => {
    const server = new Server({ response: answer(status, type), pieces: ['data: a\n\n'] })
    await expect(server.all()).rejects.toMatchObject({
      code: 'badServerResponse',
      retryable: false,
      status,
      url,
      message: expect.stringContaining(why),
    })
    expect([server.asked.length, server.left]).toEqual([1, 1])
  })
})

describe('an abort', () => {
  const rejection = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'nothing',
      (cause: unknown) => cause,
    )
  const reason = new Error('enough')

  it('before the first request sends none', async () => {
    const server = new Server()
    await expect(server.all({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it.each<[string, Script]>([
    ['a stream that says nothing', { stays: true }],
    ['the wait for a reconnection', {}],
    ['the wait after a failure', { refused: lost() }],
  ])('ends %s', async (_name, script) => {
    const server = new Server(script)
    const controller = new AbortController()
    const next = server.events({ signal: controller.signal }).next()
    const ended = rejection(next)
    await settle()
    controller.abort(reason)
    expect(await ended).toBe(reason)
    expect([server.clock.pending, server.asked.length]).toEqual([[], 1])
  })

  it('ends a request that hangs', async () => {
    const controller = new AbortController()
    const clock = new FakeClock()
    const hanging = eventsOf(() => new Promise(() => {}), {
      clock,
      chance: new FixedChance(),
      retry,
      signal: controller.signal,
    })
    const ended = rejection(hanging.next())
    controller.abort(reason)
    expect(await ended).toBe(reason)
  })

  it('is not taken for a failure to be tried again', async () => {
    const controller = new AbortController()
    const server = new Server({ pieces: ['data: a\n\n'], breaks: lost() })
    const events = server.events({ signal: controller.signal })
    await events.next()
    controller.abort(reason)
    await expect(events.next()).rejects.toBe(reason)
    expect(server.asked).toHaveLength(1)
  })
})

describe('a loop that is left', () => {
  it('gives the connection up and waits for nothing', async () => {
    const server = new Server({ pieces: ['data: a\n\ndata: b\n\n'], stays: true })
    for await (const { data } of server.events()) if (data === 'a') break
    expect([server.left, server.clock.pending]).toEqual([1, []])
  })

  it('has read nothing ahead of what it took', async () => {
    const taken: number[] = []
    const bytes = (async function* () {
      for (let piece = 1; ; piece++) {
        taken.push(piece)
        yield* spoiling([encode(`data: ${piece}\n\n`)])
      }
    })()
    const clock = new FakeClock()
    const events = eventsOf(async () => ({ response: answer(), bytes }), { clock, chance: new FixedChance(), retry })
    await events.next()
    await settle()
    expect(taken).toEqual([1])
    await events.return()
  })
})

describe('Last-Event-ID', () => {
  it('is the identifier in UTF-8, as headers take it', () => {
    expect(lastEventIDHeader('42')).toBe('42')
    const header = lastEventIDHeader('ü€') ?? ''
    expect(new Headers([['Last-Event-ID', header]]).get('last-event-id')).toBe(header)
    expect(new TextDecoder().decode(Uint8Array.from(header, (char) => char.charCodeAt(0)))).toBe('ü€')
  })

  it('is not sent where there is none, or where no header could carry it', () => {
    expect([lastEventIDHeader(''), lastEventIDHeader('a\u0001b')]).toEqual([null, null])
  })
})
