/** Events, lines and JSON over real connections: fetch as it is here, a server that breaks off, and time as it passes. */
import { describe, expect, it } from 'vitest'
import type { RemoteFile } from '../../../testing/src/origin/remote-origin.ts'
import { FixedChance } from '../../../testing/src/fakes/fixed-chance.ts'
import { URLResponse } from '../../src/model/response.ts'
import { URLError } from '../../src/model/url-error.ts'
import { browserClock } from '../../src/platform/browser/browser-clock.ts'
import { decodeJSON } from '../../src/session/decode-json.ts'
import { linesOf } from '../../src/session/lines.ts'
import { eventsOf, lastEventIDHeader, type EventConnection } from '../../src/session/server-sent-events.ts'
import { serve } from '../support/session.ts'
import { collect, encode } from './support/pieces.ts'

const parts = {
  clock: browserClock,
  chance: new FixedChance([0]),
  retry: { attempts: 3, baseDelay: 10, maximumDelay: 10 },
}

/** A GET by fetch; what breaks is an error of ours, as a session would make it. */
async function load(url: string, headers: Record<string, string>, signal?: AbortSignal): Promise<EventConnection> {
  const answer = await fetch(url, { headers, cache: 'no-store', ...(signal ? { signal } : {}) })
  const { status, statusText } = answer
  const response = new URLResponse({ url, status, statusText, headers: [...answer.headers], filename: '' })
  const reader = answer.body?.getReader()
  const lost = (cause: unknown): never => {
    throw new URLError('networkConnectionLost', { url, cause })
  }
  return {
    response,
    bytes: {
      [Symbol.asyncIterator]: () => ({
        async next() {
          const step = await reader?.read().catch(lost)
          return step?.value ? { done: false, value: step.value } : { done: true, value: undefined }
        },
        async return() {
          await reader?.cancel()
          return { done: true, value: undefined }
        },
      }),
    },
  }
}

const events = (file: RemoteFile, signal?: AbortSignal) =>
  eventsOf(
    (lastEventID) => {
      const id = lastEventIDHeader(lastEventID)
      return load(file.url, id === null ? {} : { 'Last-Event-ID': id }, signal)
    },
    { ...parts, ...(signal ? { signal } : {}) },
  )

const stream = { contentType: 'text/event-stream', framing: 'chunked' } as const

describe('events', () => {
  it('come over as many connections as it takes, each behind the last event', async () => {
    const body = 'retry: 1\nid: ü1\ndata: first\n\nid: ü2\ndata: second\n\n'
    const file = await serve('events', { body, ...stream })
    const half = encode(body.slice(0, body.indexOf('id: ü2') + 3)).length
    await file.nextResponses([{ ...stream, cutAfter: half }, {}, { status: 204 }])
    const data = (await collect(events(file))).map((event) => [event.id, event.data, event.retry])
    // A browser may drop what had arrived before the break; the server then sends it again.
    expect(data.slice(-2)).toEqual([
      ['ü1', 'first', 1],
      ['ü2', 'second', 1],
    ])
    const sent = (await file.requests()).map(({ headers }) => headers['last-event-id'])
    expect(sent).toHaveLength(3)
    expect([sent[0], decodeURIComponent(escape(sent[2] ?? ''))]).toEqual([undefined, 'ü2'])
  })

  it('end with the connection when nobody wants them any more', async () => {
    const file = await serve('endless', { body: `data: first\n\n${':\n'.repeat(5000)}`, ...stream, stallAfter: 200 })
    for await (const { data } of events(file)) if (data === 'first') break
    await expect.poll(async () => (await file.requests())[0]?.endedAt ?? null).not.toBe(null)
  })

  it('end with their signal while the server is silent', async () => {
    const file = await serve('silent', { body: `data: first\n\n${':\n'.repeat(5000)}`, ...stream, stallAfter: 200 })
    const controller = new AbortController()
    const source = events(file, controller.signal)
    expect((await source.next()).value).toMatchObject({ type: 'message', data: 'first' })
    const next = source.next()
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(next).rejects.toBe(reason)
  })

  it('do not come from a page', async () => {
    const file = await serve('page', { body: '<p>Sorry</p>', contentType: 'text/html' })
    await expect(collect(events(file))).rejects.toMatchObject({ code: 'badServerResponse', retryable: false })
  })
})

describe('a body', () => {
  it('is lines', async () => {
    const body = Array.from({ length: 20_000 }, (_, line) => `${line} ü`).join('\r\n')
    const { url } = await serve('lines.txt', { body, framing: 'chunked' })
    const { bytes } = await load(url, {})
    expect(await collect(linesOf(bytes))).toEqual(body.split('\r\n'))
  })

  it('is JSON', async () => {
    const { url } = await serve('value.json', { body: '{"a":["ü"]}', contentType: 'application/json' })
    const answer = await fetch(url)
    const response = new URLResponse({ url, status: 200, statusText: '', headers: [...answer.headers], filename: '' })
    expect(await decodeJSON(new Uint8Array(await answer.arrayBuffer()), response)).toEqual({ a: ['ü'] })
  })
})
