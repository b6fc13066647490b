/** A session's WebSockets in the platform's shape: what libraries that take a class of yours see, and one of them on it. */
import { createClient } from 'graphql-ws'
import { describe, expect, inject, it } from 'vitest'
import { makeSession, origin } from '../support/session.ts'

const next = (socket: WebSocket, type: string): Promise<Event> =>
  new Promise((resolve) => socket.addEventListener(type, resolve, { once: true }))

describe('a WebSocket class of a session', () => {
  it('opens, sends, receives and closes like the platform’s', async () => {
    const Socket = await makeSession().webSocketClass()
    const socket = new Socket(origin.socket(), ['chat'])
    expect(socket).toMatchObject({ readyState: Socket.CONNECTING, protocol: '', bufferedAmount: 0 })
    expect(() => socket.send('too early')).toThrow(expect.objectContaining({ name: 'InvalidStateError' }))
    await next(socket, 'open')
    expect(socket).toMatchObject({ readyState: Socket.OPEN, protocol: 'chat', url: expect.stringMatching(/^ws:/) })
    socket.binaryType = 'arraybuffer'
    const heard: unknown[] = []
    socket.onmessage = ({ data }) => heard.push(data)
    socket.send('text')
    socket.send(new Uint8Array([1, 2]))
    while (heard.length < 2) await next(socket, 'message')
    expect(heard).toEqual(['text', new Uint8Array([1, 2]).buffer])
    const closed = next(socket, 'close')
    socket.close(3000, 'done')
    expect(socket.readyState).toBe(Socket.CLOSING)
    expect(await closed).toMatchObject({ code: 3000, reason: 'done', wasClean: true })
    expect(socket.readyState).toBe(socket.CLOSED)
  })

  it('tells of a failure by error and close, and refuses what the platform refuses', async () => {
    const Socket = await makeSession().webSocketClass()
    const socket = new Socket(origin.socket({ dropAfter: 0 }))
    const failed = next(socket, 'error')
    expect(await next(socket, 'close')).toMatchObject({ code: 1006, reason: '', wasClean: false })
    await failed
    expect(() => new Socket('ftp://a.test/')).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
    expect(() => new Socket(origin.socket(), ['a', 'a'])).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
    const other = new Socket(origin.socket())
    expect(() => other.close(999)).toThrow(expect.objectContaining({ name: 'InvalidAccessError' }))
    expect(() => other.close(1000, 'x'.repeat(124))).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
  })

  it('has handlers that are listeners, in their turn, and are called on the socket', async () => {
    const Socket = await makeSession().webSocketClass()
    const socket = new Socket(origin.socket({ greet: ['hi'] }))
    const heard: unknown[] = []
    socket.addEventListener('message', () => heard.push('before'))
    socket.onmessage = () => heard.push('never')
    socket.addEventListener('message', () => heard.push('after'))
    const handler = function (this: unknown, event: MessageEvent): void {
      heard.push(this === socket, event.target === socket, event.data)
    }
    socket.onmessage = handler
    expect(socket.onmessage).toBe(handler)
    await next(socket, 'message')
    expect(heard).toEqual(['before', true, true, 'hi', 'after'])
    socket.onmessage = null
    socket.send('again')
    await next(socket, 'message')
    expect(heard.slice(5)).toEqual(['before', 'after'])
  })

  it('tells a delegate that is made of a class all that it tells others', async () => {
    const told: string[] = []
    class Delegate {
      readonly #told = told
      didOpen(): void {
        this.#told.push('didOpen')
      }
      didClose(): void {
        this.#told.push('didClose')
      }
      didComplete(): void {
        this.#told.push('didComplete')
      }
    }
    const Socket = await makeSession().webSocketClass({ delegate: new Delegate() })
    const socket = new Socket(origin.socket())
    await next(socket, 'open')
    socket.close()
    await next(socket, 'close')
    expect(told).toEqual(['didOpen', 'didClose', 'didComplete'])
  })

  it('carries graphql-ws: a query, a subscription, and its end', async () => {
    const response = await fetch(`${inject('origin')}/__graphql`, { method: 'POST' })
    const webSocketImpl = await makeSession().webSocketClass()
    const client = createClient({ url: await response.text(), webSocketImpl })
    const results: unknown[] = []
    for await (const { data } of client.iterate({ query: '{ hello }' })) results.push(data)
    for await (const { data } of client.iterate({ query: 'subscription { countdown(from: 3) }' })) results.push(data)
    expect(results).toEqual([{ hello: 'world' }, { countdown: 3 }, { countdown: 2 }, { countdown: 1 }])
    await client.dispose()
  })
})
