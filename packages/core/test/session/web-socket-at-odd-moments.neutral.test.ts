/** What becomes of a WebSocket, and of those who wait for something of it, when things happen at moments that nobody plans for. */
import type { SessionDelegate, SocketMessage, URLError, WebSocketTask } from 'urlsession'
import { describe, expect, it, vi } from 'vitest'
import { Recorder } from '../../../testing/src/recorder.ts'
import { inNode, makeSession, origin, privateOrigin, rejection, unique, until } from '../support/session.ts'

const soon = { baseDelay: 5, maximumDelay: 20 }
const never = { baseDelay: 1_000_000, maximumDelay: 1_000_000 }
const end = ['didFinishCollectingMetrics', 'didComplete']

function recorded(options?: ConstructorParameters<typeof Recorder<SessionDelegate>>[0]) {
  const recorder = new Recorder<SessionDelegate>(options)
  return { recorder, session: makeSession({}, recorder.delegate) }
}

/** Of the event loop. */
const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })

async function some(task: AsyncIterable<SocketMessage>, count: number): Promise<SocketMessage[]> {
  const messages: SocketMessage[] = []
  for await (const message of task) if (messages.push(message) === count) break
  return messages
}

describe('a session that is closed', () => {
  it('in the middle of a handshake ends it, and its connection', async () => {
    const { recorder, session } = recorded()
    const name = unique('closing')
    const task = session.webSocketTask(origin.socket({ beforeUpgrade: 'stall' }, name), { reconnect: soon }).resume()
    const waiting = [rejection(task.receive()), rejection(task.send('never')), rejection(task.ping())]
    await origin.when({ url: name })
    const finished = rejection(task.finished)
    await session.close()
    expect(await finished).toMatchObject({ code: 'cancelled' })
    for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ code: 'cancelled' })
    await origin.when({ url: name, ended: true })
    expect(recorder.names()).toEqual(['didCreateTask', ...end, 'didBecomeInvalid'])
    recorder.verify()
  })

  it('between two connections, or with one open, ends it at once', async () => {
    for (const url of [origin.socket({ dropAfter: 0 }), origin.socket()]) {
      const { recorder, session } = recorded()
      const task = session.webSocketTask(url, { reconnect: never }).resume()
      await recorder.when('didOpen')
      if (url.includes('drop')) await until(task, () => task.waitingFor === 'retry')
      const finished = rejection(task.finished)
      await session.close()
      expect(await finished).toMatchObject({ code: 'cancelled' })
      recorder.verify()
    }
  })

  it('when its tasks have finished waits for a socket to be closed', async () => {
    const { recorder, session } = recorded()
    const task = session.webSocketTask(origin.socket()).resume()
    await recorder.when('didOpen')
    session.finishTasksAndInvalidate()
    await task.send('still here')
    expect(await task.receive()).toBe('still here')
    task.close()
    await recorder.when('didBecomeInvalid')
    expect(recorder.names()).toEqual(['didCreateTask', 'didOpen', 'didClose', ...end, 'didBecomeInvalid'])
  })

  it.each(['open', 'in its handshake'])(
    'is not the same as one that is reset: a socket that is %s goes on',
    async (when) => {
      const { recorder, session } = recorded()
      const task = session.webSocketTask(origin.socket()).resume()
      if (when === 'open') await recorder.when('didOpen')
      await session.reset()
      await task.send('after')
      expect(await task.receive()).toBe('after')
      task.close()
      expect(await task.finished).toEqual({ code: 1000, reason: '' })
    },
  )
})

describe('those who send', () => {
  it('more than the outbox takes while there is no connection are refused, and a cancel gives back the rest', async () => {
    const server = await privateOrigin()
    const task = makeSession()
      .webSocketTask(server.socket(), { outbox: { limit: 3 }, reconnect: never })
      .resume()
    await task.send('open')
    expect(await task.receive()).toBe('open')
    await server.dropAllConnections()
    await until(task, () => task.waitingFor === 'retry')
    const sent = [task.send('a'), task.send(new Uint8Array([1])), task.send('c')]
    expect(await rejection(task.send('d'))).toMatchObject({ code: 'dataLengthExceedsMaximum', unsent: 'd' })
    task.cancel()
    for (const error of await Promise.all(sent.map(rejection)))
      expect(error).toMatchObject({ code: 'cancelled', unsent: expect.anything() })
  })

  it('into a full outbox have room again when there is a connection', async () => {
    const waited = Promise.withResolvers<unknown[]>()
    const session = makeSession(
      {},
      {
        async didWarn(task) {
          const socket = task as WebSocketTask
          const sent = [1, 2, 3, 4].map((number) =>
            socket.send(String(number)).then(
              () => number,
              ({ code }: URLError) => code,
            ),
          )
          waited.resolve(sent)
        },
        async didReopen(task) {
          await task.send('first')
        },
      },
    )
    const reconnect = { ...soon, request: () => ({ url: origin.socket() }) }
    const task = session.webSocketTask(origin.socket({ dropAfter: 0 }), { outbox: { limit: 3 }, reconnect }).resume()
    expect(await some(task, 4)).toEqual(['first', '1', '2', '3'])
    expect(await Promise.all(await waited.promise)).toEqual([1, 2, 3, 'dataLengthExceedsMaximum'])
    await Promise.all(['5', '6', '7', '8'].map((text) => task.send(text)))
    expect(await some(task, 4)).toEqual(['5', '6', '7', '8'])
  })
})

describe('those who wait for a message', () => {
  it('all learn of a cut, in whatever way they wait', async () => {
    const server = await privateOrigin()
    const task = makeSession()
      .webSocketTask(server.socket({ greet: ['open'] }))
      .resume()
    expect(await task.receive()).toBe('open')
    const waiting = [task.receive(), task.receive(), some(task, 1), task.receive(), some(task, 1)].map(rejection)
    await server.dropAllConnections()
    for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ code: 'networkConnectionLost' })
    await rejection(task.finished)
  })

  it('are served in their order by the next connection, where there is one', async () => {
    const server = await privateOrigin()
    const reconnect = { ...soon, request: () => ({ url: origin.socket({ greet: ['a', 'b', 'c'] }) }) }
    const task = makeSession()
      .webSocketTask(server.socket({ greet: ['open'] }), { reconnect })
      .resume()
    expect(await task.receive()).toBe('open')
    const waiting = [task.receive(), some(task, 1), task.receive()]
    await server.dropAllConnections()
    expect(await Promise.all(waiting)).toEqual(['a', ['b'], 'c'])
  })

  it('leave a loop early and miss nothing in the next', async () => {
    const burst = { count: 10, size: 1, text: true }
    const task = makeSession()
      .webSocketTask(origin.socket({ burst, closeAfter: { messages: 1, code: 1000 } }))
      .resume()
    expect(await some(task, 3)).toEqual(['0', '1', '2'])
    const thrown = async (): Promise<void> => {
      for await (const message of task) throw new Error(`not ${String(message)}`)
    }
    await expect(thrown()).rejects.toThrow('not 3')
    expect(task.state).toBe('running')
    expect(await task.receive()).toBe('4')
    await task.send('enough')
    expect(await some(task, Infinity)).toEqual(['5', '6', '7', '8', '9'])
    expect(await task.finished).toEqual({ code: 1000, reason: '' })
  })

  it('in two loops at once share them, each message for one of the two', async () => {
    const url = origin.socket({ burst: { count: 100, size: 2, text: true }, closeAfter: { messages: 0, code: 1000 } })
    const task = makeSession().webSocketTask(url).resume()
    const [one, other] = await Promise.all([some(task, Infinity), some(task, Infinity)])
    expect(one.length).toBeGreaterThan(0)
    expect(other.length).toBeGreaterThan(0)
    expect([...one, ...other].map((text) => Number(String(text).replace('.', ''))).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, at) => at),
    )
  })
})

describe('a delegate', () => {
  it('that never answers didOpen holds up neither messages nor the end', async () => {
    const told: string[] = []
    const session = makeSession(
      {},
      {
        didOpen: () => new Promise(() => {}),
        didClose: () => void told.push('didClose'),
        didComplete: () => void told.push('didComplete'),
      },
    )
    const task = session.webSocketTask(origin.socket()).resume()
    await task.send('hello')
    expect(await task.receive()).toBe('hello')
    task.cancel()
    expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled' })
    const other = session.webSocketTask(origin.socket()).resume()
    await other.send('hello')
    expect(await other.receive()).toBe('hello')
    other.close()
    other.cancel()
    await rejection(other.finished)
  })

  it.each(['didOpen', 'didReopen', 'didClose'] as const)(
    'that throws in %s fails its task, and ends the connection',
    async (method) => {
      const name = unique('thrower')
      const { recorder, session } = recorded({
        answers: {
          [method]: () => {
            throw new Error('not today')
          },
        },
      })
      const behaviour = method === 'didClose' ? { closeAfter: { messages: 0, code: 1000 } } : {}
      const url = origin.socket(behaviour, name)
      const first = method === 'didReopen' ? origin.socket({ dropAfter: 0 }) : url
      const task = session.webSocketTask(first, { reconnect: { ...soon, request: () => ({ url }) } }).resume()
      expect(await rejection(task.finished)).toMatchObject({ code: 'delegateFailed', cause: new Error('not today') })
      await origin.when({ url: name, ended: true })
      recorder.verify()
    },
  )
})

describe('a function of reconnect', () => {
  it.each(['reopens', 'request'] as const)(
    '(%s) that throws ends the task with what it threw as the cause',
    async (which) => {
      const thrown = new Error('not today')
      const reconnect = {
        ...soon,
        attempts: 2,
        [which]: () => {
          throw thrown
        },
      }
      const url = origin.socket({ closeAfter: { messages: 0, code: 1012 } })
      const task = makeSession().webSocketTask(url, { reconnect }).resume()
      expect(await rejection(task.finished)).toMatchObject({ code: 'delegateFailed', cause: thrown })
    },
  )
})

describe('a close', () => {
  it.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
    'by the server with %d is told as it came',
    async (code) => {
      for (const reason of ['', 'ü'.repeat(61)]) {
        const { recorder, session } = recorded()
        const task = session.webSocketTask(origin.socket({ closeAfter: { messages: 0, code, reason } })).resume()
        expect(await task.finished).toEqual({ code, reason })
        expect([task.closeCode, task.closeReason]).toEqual([code, reason])
        expect(recorder.of('didClose')[0]?.args).toEqual([code, reason])
      }
    },
  )

  it('by the server without a code is 1005', async () => {
    const task = makeSession()
      .webSocketTask(origin.socket({ closeAfter: { messages: 0 } }))
      .resume()
    expect(await task.finished).toEqual({ code: 1005, reason: '' })
  })

  it('that is said twice counts as the first', async () => {
    const { recorder, session } = recorded()
    const task = session.webSocketTask(origin.socket()).resume()
    await recorder.when('didOpen')
    task.close(3001, 'first')
    task.close(3002, 'second')
    expect(await task.finished).toEqual({ code: 3001, reason: 'first' })
    task.close(3003)
    expect([task.closeCode, task.closeReason]).toEqual([3001, 'first'])
    expect(recorder.of('didClose')[0]?.args).toEqual([3001, 'first'])
  })

  it('from within didOpen, didClose and a loop is an end like any other', async () => {
    for (const where of ['didOpen', 'didClose', 'loop']) {
      const session = makeSession(
        {},
        {
          didOpen: (task) => (where === 'didOpen' ? task.close(3001) : undefined),
          didClose: (task) => (where === 'didClose' ? task.close(3002) : undefined),
        },
      )
      const closeAfter = { messages: 1, code: 3001 }
      const task = session
        .webSocketTask(origin.socket({ greet: ['hi'], ...(where === 'didClose' && { closeAfter }) }))
        .resume()
      if (where === 'loop') for await (const message of task) task.close(message === 'hi' ? 3001 : 3002)
      else if (where === 'didClose') await task.send('close')
      expect(await task.finished).toEqual({ code: 3001, reason: '' })
    }
  })
})

describe('a socket that was only just begun', () => {
  it.each([
    ['closed', 'begin'],
    ['closed', 'wait'],
    ['cancelled', 'begin'],
    ['cancelled', 'wait'],
  ])('and is %s before its date has come (in its %s) ends, and does not wait for that', async (how, when) => {
    const { recorder, session } = recorded()
    const name = unique('put-off')
    const earliestBeginDate = new Date(Date.now() + 1e8)
    const task = session.webSocketTask(origin.socket({}, name), { earliestBeginDate }).resume()
    if (when === 'wait') await until(task, () => task.waitingFor === 'begin-date')
    const sent = rejection(task.send('never'))
    if (how === 'closed') task.close(3001)
    else task.cancel()
    expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled' })
    expect(await sent).toMatchObject({ unsent: 'never' })
    expect(await origin.journal({ url: name })).toEqual([])
    expect(recorder.names()).toEqual(['didCreateTask', ...end])
    recorder.verify()
  })

  it('and is suspended, goes on when it is resumed, and is open or not as it was', async () => {
    const { recorder, session } = recorded()
    const task = session.webSocketTask(origin.socket({ greet: ['hi'] })).resume()
    task.suspend()
    const sent = task.send('held')
    task.suspend()
    task.resume()
    expect(task.state).toBe('suspended')
    task.resume()
    await sent
    expect([await task.receive(), await task.receive()]).toEqual(['hi', 'held'])
    expect(recorder.names()).toEqual(['didCreateTask', 'didOpen'])
  })

  it.skipIf(inNode)('and ends, however it does, leaves nobody behind who watches the network', async () => {
    let watching = 0
    const add = vi.spyOn(globalThis, 'addEventListener').mockImplementation(function (this: unknown, ...given) {
      if (given[0] === 'online') watching += 1
      return EventTarget.prototype.addEventListener.apply(globalThis, given as never)
    })
    const remove = vi.spyOn(globalThis, 'removeEventListener').mockImplementation(function (this: unknown, ...given) {
      if (given[0] === 'online') watching -= 1
      return EventTarget.prototype.removeEventListener.apply(globalThis, given as never)
    })
    try {
      const session = makeSession()
      // It loads what all others use.
      const first = session.webSocketTask(origin.socket({ greet: ['hi'] })).resume()
      await first.receive()
      first.close()
      await first.finished
      // From before it has begun to the middle of a handshake.
      for (let turns = 0, reached = 0; reached < 3; turns++) {
        const task = session.webSocketTask(origin.socket({ beforeUpgrade: 'stall' })).resume()
        const ended = rejection(task.finished)
        for (let turn = 0; turn < turns; turn++) await nextTurn()
        reached += watching
        task.cancel()
        await ended
      }
      expect(watching).toBe(0)
    } finally {
      add.mockRestore()
      remove.mockRestore()
    }
  })
})

describe('a limit that is changed', () => {
  it.each([
    ['raised', 10, 1000],
    ['lowered', 1000, 10],
  ])('(%s) counts from the next connection on', async (_, before, after) => {
    const name = unique('limit')
    const reconnect = {
      ...soon,
      request: () => ({ url: origin.socket({ burst: { count: 1, size: 100, text: true } }, name) }),
    }
    const task = makeSession()
      .webSocketTask(origin.socket({ greet: ['hi'] }), { maximumMessageSize: before, reconnect })
      .resume()
    expect(await task.receive()).toBe('hi')
    task.maximumMessageSize = after
    await task.send('x'.repeat(100)).catch(() => {})
    const outcome = await task.receive().then(
      (message) => message.length,
      ({ code }: URLError) => code,
    )
    expect(outcome).toBe(before > after ? 100 : 'dataLengthExceedsMaximum')
  })
})
