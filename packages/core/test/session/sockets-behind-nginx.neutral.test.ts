/** WebSockets by way of nginx, which cuts a connection on which the server is silent for a second. Skipped where it is not installed. */
import type { SocketGap, WebSocketOptions, WebSocketTask } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { realServer } from '../support/real-server.ts'
import { makeSession, origin, rejection } from '../support/session.ts'

const server = await realServer('nginx')

/** Through the proxy to the origin. */
function proxied(options?: WebSocketOptions, ...[delegate]: [Parameters<typeof makeSession>[1]?]): WebSocketTask {
  const { port, pathname, search } = new URL(origin.socket())
  const url = `${server.url.replace('http', 'ws')}/impatient/${port}${pathname}${search}`
  return makeSession(undefined, delegate).webSocketTask(url, options).resume()
}

describe.skipIf(server.missing)(server.title, () => {
  it('cuts a silent connection, and the task is told of the loss', async () => {
    const task = proxied()
    await task.send('hello')
    expect(await task.receive()).toBe('hello')
    expect(await rejection(task.receive())).toMatchObject({ code: 'networkConnectionLost', retryable: true })
    await rejection(task.finished)
    expect(task.closeCode).toBe(null)
  })

  it('is gone around by a reconnection, which tells of the gap', async () => {
    const reopened = Promise.withResolvers<SocketGap>()
    const task = proxied(
      { reconnect: { baseDelay: 5, maximumDelay: 20 } },
      { didReopen: (_task, gap) => reopened.resolve(gap) },
    )
    await task.send('before')
    expect(await task.receive()).toBe('before')
    expect(await reopened.promise).toMatchObject({ code: null, forgotten: 0 })
    await task.send('after')
    expect(await task.receive()).toBe('after')
    task.close()
    expect(await task.finished).toEqual({ code: 1000, reason: '' })
    expect(task.metrics?.socket?.reconnections).toBeGreaterThan(0)
  })

  it('lets a connection live whose heartbeat is faster than its patience', async () => {
    const kept = proxied({ heartbeat: { send: 'there?', expect: 'there?', interval: 100 } })
    await kept.send('hello')
    expect(await kept.receive()).toBe('hello')
    // Two others live and die meanwhile, one after the other.
    for (const _ of [1, 2]) await rejection(proxied().finished)
    await kept.send('still here')
    expect(await kept.receive()).toBe('still here')
    kept.close()
    expect(await kept.finished).toEqual({ code: 1000, reason: '' })
  })
})
