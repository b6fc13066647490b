/** What becomes of a WebSocket's messages that wait, that were cut off, and that nobody answered for. */
import { describe, expect, it } from 'vitest'
import type { Socket } from '../../../../testing/src/fakes/ports.ts'
import { Outbox, type OutboxRules } from '../../../src/loading/sockets/outbox.ts'
import { URLError } from '../../../src/model/url-error.ts'

const url = 'wss://example.com/'
const lost = new URLError('networkConnectionLost', { url })
const remembers = { messages: 1000, bytes: 1000 }

const outbox = (more: Partial<OutboxRules> = {}): Outbox =>
  new Outbox({ url, limit: 10, bytes: 1000, highWaterMark: 100, remembers: null, ...more })

/** A connection that gets rid of what it was given when it is told to. */
function connection() {
  const given: unknown[] = []
  let below = (): void => {}
  const line = {
    given,
    buffered: 0,
    whenBelow: (_mark: number, tell: () => void) => (below = tell),
    send: (message: string | Uint8Array | Blob) => {
      given.push(message)
      line.buffered +=
        typeof message === 'string' ? message.length : message instanceof Blob ? message.size : message.length
    },
    drain: () => {
      line.buffered = 0
      below()
    },
  }
  return line as typeof line & Socket
}

/** What a promise has come to by now. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  const pending = Symbol('pending')
  const now = await Promise.race([
    promise.then(
      () => 'sent',
      (error: unknown) => error,
    ),
    settled().then(() => pending),
  ])
  return now === pending ? 'pending' : now
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

const unsent = (value: unknown) => expect.objectContaining({ code: 'networkConnectionLost', unsent: value })

describe('a message that waits while a new connection is made ready', () => {
  it('goes out behind what is sent meanwhile', async () => {
    const box = outbox()
    const waited = box.send('waited')
    const line = connection()
    const ready = box.attach(line, true)
    await box.send('subscribe')
    expect([line.given, await outcome(waited)]).toEqual([['subscribe'], 'pending'])
    ready()
    expect([line.given, await outcome(waited)]).toEqual([['subscribe', 'waited'], 'sent'])
  })

  it('is rejected when the task ends', async () => {
    const box = outbox()
    const waited = box.send('waited')
    box.attach(connection(), true)
    box.end(lost)
    expect(await outcome(waited)).toEqual(unsent('waited'))
  })

  it('holds a goodbye back', async () => {
    const box = outbox()
    void box.send('waited')
    const line = connection()
    const ready = box.attach(line, true)
    const flushed = box.flushed()
    expect(await outcome(flushed)).toBe('pending')
    ready()
    expect([line.given, await outcome(flushed)]).toEqual([['waited'], 'sent'])
  })

  it('counts for what may wait', async () => {
    const box = outbox({ limit: 1 })
    void box.send('waited')
    box.attach(connection(), true)
    box.hold(true)
    expect(await outcome(box.send('more'))).toMatchObject({ code: 'dataLengthExceedsMaximum', unsent: 'more' })
  })

  it('waits for the next one too where this one is lost, whoever says then that this one is ready', async () => {
    const box = outbox()
    void box.send('waited')
    const first = box.attach(connection(), true)
    box.detach(lost)
    const line = connection()
    const second = box.attach(line, true)
    first()
    expect(line.given).toEqual([])
    await box.send('subscribe')
    second()
    expect(line.given).toEqual(['subscribe', 'waited'])
  })

  it('waits also where this one is said to be ready when it is gone, with what came since', async () => {
    const box = outbox()
    void box.send('first')
    const ready = box.attach(connection(), true)
    box.detach(lost)
    ready()
    void box.send('second')
    const line = connection()
    const again = box.attach(line, true)
    expect(line.given).toEqual([])
    again()
    expect(line.given).toEqual(['first', 'second'])
  })

  it('is not waited for by whoever makes it ready and finds the next one in its place', async () => {
    const box = outbox()
    void box.send('waited')
    box.attach(connection(), true)
    box.detach(lost)
    const subscribed = box.send('subscribe')
    const line = connection()
    box.attach(line, true)
    expect([line.given, await outcome(subscribed)]).toEqual([['subscribe'], 'sent'])
  })
})

describe('a message that was cut off', () => {
  it('is rejected, as the one that was not sent', async () => {
    const box = outbox()
    box.attach(connection(), false)
    const small = box.send('small')
    const large = box.send('x'.repeat(200))
    const waiting = box.send('waiting')
    box.detach(lost)
    expect([await outcome(small), await outcome(large)]).toEqual(['sent', unsent('x'.repeat(200))])
    expect(await outcome(waiting)).toBe('pending')
  })

  it('is in the gap where it is remembered, and not rejected', async () => {
    const box = outbox({ remembers })
    box.attach(connection(), false)
    const large = box.send('x'.repeat(200))
    box.detach(lost)
    expect(await outcome(large)).toBe('sent')
    expect(box.takeUnacknowledged()).toEqual({ messages: ['x'.repeat(200)], forgotten: 0 })
  })

  it('is rejected where it is too long to be remembered, and not counted then', async () => {
    const box = outbox({ remembers })
    box.attach(connection(), false)
    await box.send('small')
    const large = box.send('x'.repeat(2000))
    box.detach(lost)
    expect(await outcome(large)).toEqual(unsent('x'.repeat(2000)))
    expect(box.takeUnacknowledged()).toEqual({ messages: [], forgotten: 1 })
  })

  it('and that was answered for did arrive', async () => {
    const box = outbox({ remembers })
    box.attach(connection(), false)
    const large = box.send('x'.repeat(2000))
    box.acknowledged(box.messages)
    box.detach(lost)
    expect(await outcome(large)).toBe('sent')
    expect(box.takeUnacknowledged()).toEqual({ messages: [], forgotten: 0 })
  })
})

describe('what is remembered of what was sent', () => {
  const sent = (rules: OutboxRules['remembers'], ...messages: (string | Uint8Array<ArrayBuffer>)[]): Outbox => {
    const box = outbox({ remembers: rules, highWaterMark: 1_000_000 })
    box.attach(connection(), false)
    for (const message of messages) void box.send(message)
    return box
  }

  it('is the newest, by number and by bytes, and how many more there were', () => {
    const byNumber = sent({ messages: 2, bytes: 1000 }, 'a', 'b', 'c')
    expect(byNumber.takeUnacknowledged()).toEqual({ messages: ['b', 'c'], forgotten: 1 })
    const byBytes = sent({ messages: 1000, bytes: 10 }, 'a', new Uint8Array(5), '12345', '6')
    expect(byBytes.takeUnacknowledged()).toEqual({ messages: ['12345', '6'], forgotten: 2 })
    expect(byBytes.takeUnacknowledged()).toEqual({ messages: [], forgotten: 0 })
  })

  it('makes room when it is known to have arrived', () => {
    const box = sent({ messages: 1000, bytes: 10 }, '1234567890', 'a', 'b')
    box.acknowledged(1)
    expect(box.takeUnacknowledged()).toEqual({ messages: ['a', 'b'], forgotten: 0 })
    const other = sent({ messages: 2, bytes: 1000 }, 'a', 'b', 'c', 'd', 'e')
    other.acknowledged(2)
    expect(other.takeUnacknowledged()).toEqual({ messages: ['d', 'e'], forgotten: 1 })
    const third = sent({ messages: 3, bytes: 20 }, '1234567890', '1234567890')
    third.acknowledged(2)
    void third.send('12345678901234567890')
    expect(third.takeUnacknowledged()).toEqual({ messages: ['12345678901234567890'], forgotten: 0 })
  })

  it('is as it was when it was sent', () => {
    const buffer = Uint8Array.of(1)
    const box = sent(remembers, buffer)
    buffer.fill(2)
    expect(box.takeUnacknowledged().messages).toEqual([Uint8Array.of(1)])
  })
})

describe('an outbox that is closed', () => {
  it('sends what waits, and takes nothing more', async () => {
    const box = outbox()
    const waited = box.send('waited')
    box.close(lost)
    const late = box.send('late')
    const line = connection()
    box.attach(line, false)
    expect(await outcome(late)).toEqual(unsent('late'))
    expect([await outcome(waited), line.given]).toEqual(['sent', ['waited']])
  })
})

describe('a sender', () => {
  it('waits until less than the mark is on its way, and those behind him for room', async () => {
    const box = outbox()
    const line = connection()
    box.attach(line, false)
    const large = box.send('x'.repeat(100))
    const next = box.send('next')
    expect([await outcome(large), line.given.length]).toEqual(['pending', 1])
    line.drain()
    expect([await outcome(large), await outcome(next), line.given.length]).toEqual(['sent', 'sent', 2])
  })
})
