/** What is left of WebSockets that are over: nothing, counted on the heap. */
import { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { queryObjects } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { Heartbeat } from '../../src/loading/sockets/heartbeat.ts'
import { Inbox } from '../../src/loading/sockets/inbox.ts'
import { Outbox } from '../../src/loading/sockets/outbox.ts'
import { WebSocketRun } from '../../src/session/web-socket-run.ts'
import { WebSocketTalk } from '../../src/session/web-socket-talk.ts'
import { WebSocketTask } from '../../src/session/web-socket-task.ts'
import { makeSession, origin } from '../support/session.ts'

const kinds = { WebSocketTask, WebSocketRun, WebSocketTalk, Heartbeat, Inbox, Outbox, WebSocket, Socket }

/** How many of each kind there are, once no more of them go. Collects what nobody holds. */
async function counted(): Promise<Record<string, number>> {
  const count = (): Record<string, number> =>
    Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, queryObjects(kind, { format: 'count' })]))
  let [before, now] = [{}, count()]
  while (JSON.stringify(before) !== JSON.stringify(now)) {
    await turn()
    ;[before, now] = [now, count()]
  }
  return now
}

/** What there are more of than there were. */
const grown = (before: Record<string, number>, after: Record<string, number>): string[] =>
  Object.keys(after).filter((name) => (after[name] ?? 0) > (before[name] ?? 0))

describe('a session', () => {
  it('has nothing left of five hundred sockets that were opened and closed', async () => {
    const session = makeSession()
    const { signal } = new AbortController()
    const url = origin.socket()
    const cycle = async (index: number): Promise<void> => {
      const task = session.webSocketTask(url, { signal, heartbeat: {} }).resume()
      await task.send(String(index))
      expect(await task.receive()).toBe(String(index))
      if (index % 3 === 0) task.cancel()
      else task.close()
      await task.finished.catch(() => {})
    }
    await cycle(0)
    const before = await counted()
    for (let index = 0; index < 500; index++) await cycle(index)
    expect(grown(before, await counted())).toEqual([])
    expect(await session.tasks()).toEqual([])
  })

  it('has of one that reconnected two hundred times what it has of one that never did', async () => {
    const url = origin.socket({ greet: ['hello'], dropAfter: 1 })
    const reconnect = { baseDelay: 1, maximumDelay: 1 }
    const task = makeSession().webSocketTask(url, { reconnect, heartbeat: {} }).resume()
    const connection = async (): Promise<void> => {
      expect(await task.receive()).toBe('hello')
      await task.send('drop me')
    }
    await connection()
    expect(await task.receive()).toBe('hello')
    const before = await counted()
    await task.send('drop me')
    for (let index = 0; index < 200; index++) await connection()
    expect(await task.receive()).toBe('hello')
    expect(grown(before, await counted())).toEqual([])
    task.cancel()
    await task.finished.catch(() => {})
  })
})
