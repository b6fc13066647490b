/** Handshakes that a server answers with something else than a WebSocket: one typed error, one request, and nothing told before it. */
import type { SessionDelegate, URLError } from 'urlsession'
import { describe, expect, inject, it } from 'vitest'
import { Recorder } from '../../../testing/src/recorder.ts'
import { inNode, makeSession, rejection, unique } from '../support/session.ts'

const server = await (await fetch(`${inject('origin')}/__handshakes`, { method: 'POST' })).text()
const requests = async (path: string): Promise<number> =>
  Number(await (await fetch(`${server.replace('ws:', 'http:')}/count/${path}`)).text())

/** In a browser nobody may know what was answered. */
const hidden = { code: 'badServerResponse', opaque: true, phase: 'connect', retryable: true } as const
const refused = { code: 'badServerResponse', opaque: false, phase: 'response', retryable: false } as const

const cases: [string, Partial<URLError>][] = [
  ['wrong-accept', refused],
  ['ok', { ...refused, status: 200 }],
  ['redirect', { ...refused, status: 302 }],
  ['unauthorized', { ...refused, status: 401 }],
  ['garbage', { code: 'cannotParseResponse', opaque: false, phase: 'connect', retryable: true }],
  ['half', { code: 'networkConnectionLost', opaque: false, phase: 'connect', retryable: true }],
  ['unasked-protocol', refused],
  ['no-upgrade', refused],
]

describe('a handshake that is answered by no WebSocket', () => {
  it.each(cases)('(%s) fails with one error, after one request', async (name, told) => {
    const recorder = new Recorder<SessionDelegate>()
    const path = `${name}/${unique('once')}`
    const task = makeSession({}, recorder.delegate).webSocketTask(`${server}/${path}`).resume()
    const error = await rejection(task.finished)
    expect(error).toMatchObject({ name: 'URLError', url: `${server}/${path}`, ...(inNode ? told : hidden) })
    expect(task.error).toBe(error)
    expect(await requests(path)).toBe(1)
    expect(recorder.names().filter((one) => /did(Open|Close|Complete)/.test(one))).toEqual(['didComplete'])
  })

  it.each(cases)('(%s) is tried again no more often than allowed', async (name, told) => {
    const path = `${name}/${unique('again')}`
    const reconnect = { attempts: 2, baseDelay: 5, maximumDelay: 20 }
    const task = makeSession().webSocketTask(`${server}/${path}`, { reconnect }).resume()
    const { retryable, ...rest } = inNode ? told : hidden
    expect(await rejection(task.finished)).toMatchObject({ retryable, ...rest })
    expect(await requests(path)).toBe(retryable ? 3 : 1)
  })
})
