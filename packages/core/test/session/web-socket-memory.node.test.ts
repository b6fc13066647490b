/** What is left of WebSockets that are over: nothing, counted on the heap. */
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { Heartbeat } from '../../src/loading/sockets/heartbeat.ts'
import { Inbox } from '../../src/loading/sockets/inbox.ts'
import { Outbox } from '../../src/loading/sockets/outbox.ts'
import { WebSocketRun } from '../../src/session/web-socket-run.ts'
import { WebSocketTalk } from '../../src/session/web-socket-talk.ts'
import { WebSocketTask } from '../../src/session/web-socket-task.ts'
import { makeSession, origin } from '../support/session.ts'
import { counted, grown } from './support/heap.ts'

const kinds = { WebSocketTask, WebSocketRun, WebSocketTalk, Heartbeat, Inbox, Outbox, WebSocket, Socket }

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
    const before = counted(kinds)
    for (let index = 0; index < 500; index++) await cycle(index)
    expect(await grown(before, kinds)).toEqual([])
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
    const before = counted(kinds)
    await task.send('drop me')
    for (let index = 0; index < 200; index++) await connection()
    expect(await task.receive()).toBe('hello')
    expect(await grown(before, kinds)).toEqual([])
    task.cancel()
    await task.finished.catch(() => {})
  })
})
