/** What a WebSocket task sends and receives, and in what order its delegate hears of it. */
import type { SessionDelegate, SocketMessage, WebSocketTask } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { Recorder } from '../../../testing/src/recorder.ts'
import { inNode, makeSession, origin, rejection, unique } from '../support/session.ts'

const end = ['didFinishCollectingMetrics', 'didComplete']
const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => new Uint8Array(values)

async function all(task: WebSocketTask): Promise<SocketMessage[]> {
  const messages: SocketMessage[] = []
  for await (const message of task) messages.push(message)
  return messages
}

function recorded(options?: ConstructorParameters<typeof Recorder<SessionDelegate>>[0]) {
  const recorder = new Recorder<SessionDelegate>(options)
  return { recorder, session: makeSession({}, recorder.delegate) }
}

describe('a WebSocket task', () => {
  it('is suspended at first, and opens no connection', async () => {
    const name = unique('quiet')
    const task = makeSession().webSocketTask(origin.socket({}, name))
    void task.send('early')
    expect(task).toMatchObject({
      kind: 'webSocket',
      state: 'suspended',
      protocol: '',
      closeCode: null,
      closeReason: null,
    })
    await makeSession()
      .webSocketTask(origin.socket({ closeAfter: { messages: 0, code: 1000 } }))
      .resume().finished
    expect(await origin.journal({ url: name })).toEqual([])
  })

  it('echoes text and bytes in order, what was sent before it was open first', async () => {
    const task = makeSession().webSocketTask(origin.socket())
    const sent = [task.send('\uFEFFone ✓'), task.send(bytes(1, 2, 3)), task.send(new Blob(['three']))]
    task.resume()
    await Promise.all(sent)
    await task.send(bytes(4, 5, 6, 7).subarray(1, 3))
    await task.send(new Uint16Array([258]).buffer)
    expect(await task.receive()).toBe('\uFEFFone ✓')
    expect(await task.receive()).toEqual(bytes(1, 2, 3))
    expect(await task.receive()).toEqual(new TextEncoder().encode('three'))
    expect(await task.receive()).toEqual(bytes(5, 6))
    expect(await task.receive()).toEqual(bytes(2, 1))
    task.close()
    expect(await task.finished).toEqual({ code: 1000, reason: '' })
  })

  it('sends bytes as they were when send was called', async () => {
    const task = makeSession().webSocketTask(origin.socket())
    const buffer = bytes(1, 1)
    const first = task.send(buffer)
    buffer.fill(2)
    task.resume()
    await first
    const second = task.send(buffer)
    buffer.fill(3)
    await second
    expect([await task.receive(), await task.receive()]).toEqual([bytes(1, 1), bytes(2, 2)])
  })

  it('tells its delegate: created, open, closed, metrics, complete', async () => {
    const { recorder, session } = recorded()
    const task = session.webSocketTask(origin.socket(), { protocols: ['chat', 'more'] }).resume()
    await task.send('hello')
    expect(await task.receive()).toBe('hello')
    task.close(1000, 'BuhBye')
    expect(await task.finished).toEqual({ code: 1000, reason: 'BuhBye' })
    expect(task).toMatchObject({
      closeCode: 1000,
      closeReason: 'BuhBye',
      protocol: 'chat',
      state: 'completed',
      error: null,
    })
    expect(recorder.names()).toEqual(['didCreateTask', 'didOpen', 'didClose', ...end])
    expect(recorder.of('didOpen')[0]?.args).toEqual(['chat'])
    expect(recorder.of('didClose')[0]?.args).toEqual([1000, 'BuhBye'])
    expect(recorder.of('didComplete')[0]?.args).toEqual([null])
    expect(task.metrics?.socket).toMatchObject({ messagesSent: 1, messagesReceived: 1, bytesSent: 5, bytesReceived: 5 })
    expect(task.metrics?.transactions).toMatchObject([{ status: inNode ? 101 : null, bytes: 5, error: null }])
    recorder.verify()
  })

  it('lets its delegate send, receive and wait while it is told that it is open', async () => {
    const heard = Promise.withResolvers<SocketMessage>()
    const session = makeSession(
      {},
      {
        async didOpen(task) {
          await task.send('from within')
          heard.resolve(await task.receive())
        },
      },
    )
    const task = session.webSocketTask(origin.socket()).resume()
    expect(await heard.promise).toBe('from within')
    task.close()
    await task.finished
  })

  it('gives all messages to a loop, which ends with the close', async () => {
    const behaviour = { burst: { count: 100, size: 10, text: true }, closeAfter: { messages: 0, code: 1000 } }
    const task = makeSession().webSocketTask(origin.socket(behaviour)).resume()
    const messages = await all(task)
    expect(messages.map((text) => Number(String(text).replaceAll('.', '')))).toEqual(
      Array.from({ length: 100 }, (_, at) => at),
    )
  })

  it('keeps what came before the close for whoever takes it later', async () => {
    const behaviour = { greet: ['a', 'b'], closeAfter: { messages: 0, code: 4001, reason: 'bye' } }
    const task = makeSession().webSocketTask(origin.socket(behaviour)).resume()
    expect(await task.finished).toEqual({ code: 4001, reason: 'bye' })
    expect([await task.receive(), await task.receive()]).toEqual(['a', 'b'])
    expect(await rejection(task.receive())).toMatchObject({ code: 'networkConnectionLost', retryable: false })
  })

  it('rejects all who wait when the server closes, and says with what', async () => {
    const { recorder, session } = recorded()
    const task = session
      .webSocketTask(origin.socket({ closeAfter: { messages: 1, code: 4001, reason: 'bye' } }))
      .resume()
    const waiting = [task.receive(), task.receive()].map(rejection)
    await task.send('now')
    for (const error of await Promise.all(waiting))
      expect(error).toMatchObject({ code: 'networkConnectionLost', message: expect.stringContaining('4001 "bye"') })
    expect(await task.finished).toEqual({ code: 4001, reason: 'bye' })
    expect(recorder.of('didClose')[0]?.args).toEqual([4001, 'bye'])
    const late = await rejection(task.send('too late'))
    expect(late).toMatchObject({ code: 'networkConnectionLost', unsent: 'too late' })
    expect(Object.keys(late as object)).not.toContain('unsent')
    await expect(task.ping()).rejects.toMatchObject({ code: 'networkConnectionLost' })
  })

  it('that loses its connection fails, without didClose', async () => {
    const { recorder, session } = recorded()
    const task = session.webSocketTask(origin.socket({ dropAfter: 1 })).resume()
    const waiting = rejection(task.receive())
    await task.send('drop me')
    expect(await waiting).toMatchObject({ code: 'networkConnectionLost', number: -1005 })
    expect(await rejection(task.finished)).toMatchObject({ code: 'networkConnectionLost' })
    expect(task).toMatchObject({ closeCode: null, closeReason: null })
    expect(recorder.names()).toEqual(['didCreateTask', 'didOpen', ...end])
    await expect(all(task)).rejects.toMatchObject({ code: 'networkConnectionLost' })
    recorder.verify()
  })

  it('that is cancelled fails at once, and what waited learns it', async () => {
    const { recorder, session } = recorded()
    const stop = new AbortController()
    const task = session.webSocketTask(origin.socket(), { signal: stop.signal }).resume()
    await recorder.when('didOpen')
    const waiting = rejection(task.receive())
    stop.abort(new Error('not any more'))
    expect(await waiting).toEqual(new Error('not any more'))
    expect(await rejection(task.finished)).toEqual(new Error('not any more'))
    expect(task.error).toMatchObject({ code: 'cancelled' })
    expect(recorder.names()).toEqual(['didCreateTask', 'didOpen', ...end])
    recorder.verify()
  })

  it('that was never resumed is cancelled by a close, and keeps the code', async () => {
    const task = makeSession().webSocketTask(origin.socket())
    const sent = rejection(task.send('never'))
    task.close(3000, 'no need')
    expect(await sent).toMatchObject({ code: 'cancelled', unsent: 'never' })
    expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled' })
    expect(task).toMatchObject({ closeCode: 3000, closeReason: 'no need' })
  })

  it('sends what waits before it says goodbye, also where it was closed before it was open', async () => {
    const task = makeSession().webSocketTask(origin.socket()).resume()
    const sent = task.send('last words')
    task.close(3001)
    expect(task.state).toBe('canceling')
    expect(await task.finished).toEqual({ code: 3001, reason: '' })
    await sent
    expect(task.metrics?.socket).toMatchObject({ messagesSent: 1 })
    // A browser hands over nothing that comes after its own close.
    if (inNode) expect(await task.receive()).toBe('last words')
  })

  it('takes nothing more once it was closed', async () => {
    const task = makeSession().webSocketTask(origin.socket()).resume()
    await task.send('before')
    task.close(3001)
    expect(await rejection(task.send('after'))).toMatchObject({ code: 'networkConnectionLost', unsent: 'after' })
    expect(await task.finished).toEqual({ code: 3001, reason: '' })
    expect(task.metrics?.socket).toMatchObject({ messagesSent: 1 })
  })

  it('is among its session’s tasks, and ends with it', async () => {
    const session = makeSession()
    const task = session.webSocketTask(origin.socket({ greet: ['hi'] }), { key: 'chat', metadata: { room: 1 } })
    expect(await session.tasks()).toEqual([])
    task.resume()
    expect(await session.tasks('webSocket')).toEqual([task])
    expect(() => session.webSocketTask(origin.socket(), { key: 'chat' })).toThrow(
      expect.objectContaining({ code: 'duplicateKey' }),
    )
    await task.receive()
    session.invalidateAndCancel()
    expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled' })
    expect(() => session.webSocketTask(origin.socket())).toThrow(expect.objectContaining({ code: 'sessionInvalid' }))
  })

  it('sends nothing while it is suspended', async () => {
    const task = makeSession()
      .webSocketTask(origin.socket({ greet: ['open'] }))
      .resume()
    expect(await task.receive()).toBe('open')
    task.suspend()
    const sent = task.send('held')
    let gone = false
    void sent.then(() => (gone = true))
    await (await fetch(`${origin.url}/__control`)).text()
    expect(gone).toBe(false)
    task.resume()
    await sent
    expect(await task.receive()).toBe('held')
  })

  it('sends the session’s headers in Node, and says in browsers that it cannot', async () => {
    const name = unique('headers')
    const session = makeSession({ headers: { 'X-Session': 'theirs', Authorization: 'Bearer secret' } })
    const task = session
      .webSocketTask({ url: origin.socket({ greet: ['hi'] }, name), headers: { 'X-Own': 'mine' } })
      .resume()
    await task.receive()
    const [entry] = await origin.journal({ url: name })
    const ours = { 'x-session': 'theirs', 'x-own': 'mine', authorization: 'Bearer secret' }
    if (inNode) {
      expect(entry?.headers).toMatchObject(ours)
      expect(task.response?.status).toBe(101)
      return expect(task.warnings).toEqual([])
    }
    for (const header of Object.keys(ours)) expect(entry?.headers).not.toHaveProperty(header)
    expect(task.warnings).toMatchObject([{ code: 'handshakeHeadersNotSent' }])
    expect(task.warnings[0]?.message).toContain('authorization, x-own, x-session')
    expect(task.warnings[0]?.message).not.toContain('secret')
  })

  it('takes http for ws', async () => {
    const url = origin.socket({ greet: ['hi'] }).replace(/^ws/, 'http')
    const task = makeSession().webSocketTask(new URL(url)).resume()
    expect(task.originalRequest.url).toMatch(/^ws:/)
    expect(await task.receive()).toBe('hi')
  })
})
