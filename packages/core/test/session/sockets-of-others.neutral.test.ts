/** WebSockets to a server that nobody here has written: Python's websockets, which compresses. Skipped where it is not installed. */
import type { WebSocketTask } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { realServer } from '../support/real-server.ts'
import { inNode, makeSession, unique } from '../support/session.ts'

const server = await realServer('websockets')

const opened = (...[options]: [Parameters<ReturnType<typeof makeSession>['webSocketTask']>[1]?]): WebSocketTask =>
  makeSession().webSocketTask(server.url, options).resume()

describe.skipIf(server.missing)(server.title, () => {
  it('echoes text and bytes of every size at which a frame changes its form', async () => {
    const task = opened({ maximumMessageSize: 1 << 22 })
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 1_000_000]) {
      const text = 'ü'.repeat(size / 2)
      const bytes = new Uint8Array(size).map((_, at) => (at * 31) % 251)
      await task.send(text)
      await task.send(bytes)
      expect((await task.receive()) === text).toBe(true)
      expect(await task.receive()).toEqual(bytes)
    }
    task.close()
    expect(await task.finished).toEqual({ code: 1000, reason: '' })
  })

  it('compresses with a browser, and what came in pieces is one message', async () => {
    const task = opened()
    await task.send('extensions')
    const extensions = await task.receive()
    if (!inNode) expect(extensions).toBe('permessage-deflate')
    await task.send('pieces one two three')
    expect(await task.receive()).toBe('onetwothree')
    task.cancel()
    await expect(task.finished).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('chooses a subprotocol, and closes with a code and a reason', async () => {
    const task = opened({ protocols: ['other', 'chat'] })
    await task.send('close 4321 bye, Ünal')
    await expect(task.receive()).rejects.toMatchObject({ code: 'networkConnectionLost' })
    expect(await task.finished).toEqual({ code: 4321, reason: 'bye, Ünal' })
    expect([task.protocol, task.closeCode]).toEqual(['chat', 4321])
  })

  it('is told the code and the reason of the user, and agrees', async () => {
    const task = opened()
    await task.send('x')
    await task.receive()
    task.close(3999, 'enough')
    expect(await task.finished).toEqual({ code: 3999, reason: 'enough' })
  })

  it('sends more than a receiver takes at once, and nothing is lost or torn', async () => {
    const task = opened({ inbox: { limit: 1000 } })
    await task.send('flood 200')
    for (let number = 0; number < 200; number++) {
      const message = (await task.receive()) as Uint8Array
      expect([message.byteLength, message[0], message.at(-1)]).toEqual([65_536, number % 251, number % 251])
    }
    task.close()
    await task.finished
  })

  it.runIf(inNode)('has to wait for a receiver that takes its time, and then loses nothing', async () => {
    const name = unique('pressed')
    const slow = opened({ inbox: { limit: 4, whenFull: 'wait' } })
    await slow.send(`press 512 ${name}`)
    await slow.receive()
    // As much goes over another connection meanwhile.
    const other = opened()
    await other.send(`press 512 ${unique('other')}`)
    for (let count = 0; count < 512; count++) await other.receive()
    await other.send(`pressed ${name}`)
    // What is on its way lies in the buffers of two systems, and not in the page.
    expect(Number(await other.receive())).toBeLessThan(400)
    for (let number = 1; number < 512; number++)
      expect(((await slow.receive()) as Uint8Array)[0], `message ${number}`).toBe(number % 251)
    await other.send(`pressed ${name}`)
    expect(await other.receive()).toBe('512')
    for (const task of [slow, other]) task.close()
    await Promise.all([slow.finished, other.finished])
  })

  it('ends a socket that sends more than it takes, with its own code', async () => {
    const task = opened()
    // It may close while the rest is on its way.
    task.send(new Uint8Array((1 << 22) + 1)).catch(() => {})
    const { code } = (await task.finished.catch((error: unknown) => error)) as { code: unknown }
    expect([1009, 'networkConnectionLost']).toContain(code)
  })

  it.runIf(inNode)('answers ping frames', async () => {
    const task = opened()
    expect((await task.ping()).roundTrip).toBeGreaterThanOrEqual(0)
    task.close()
    await task.finished
  })
})
