/** Ordinary uploads: one request whose body is a file, in pages and in Node. */
import type { SessionDelegate, UploadBody, URLError } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { inNode, makeSession, origin, quick, rejection } from '../support/session.ts'

const SIZE = 3_000_000
const bytes = (): Uint8Array<ArrayBuffer> => contentAt(7, 0, SIZE)
const sink = (query = ''): string => `${origin.url}/sink${query}`
const echo = (): string => `${origin.url}/echo`
const told = (data: Uint8Array): Record<string, unknown> =>
  JSON.parse(new TextDecoder().decode(data)) as Record<string, unknown>

async function sha256(data: Uint8Array<ArrayBuffer>): Promise<string> {
  return [...new Uint8Array(await crypto.subtle.digest('SHA-256', data))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}

const streamOf = (data: Uint8Array): ReadableStream<Uint8Array> => {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= data.length) return controller.close()
      controller.enqueue(data.slice(at, at + 100_000))
      at += 100_000
    },
  })
}

describe('an upload', () => {
  it.each<[string, () => UploadBody]>([
    ['a buffer', () => bytes()],
    ['a view of a part of a buffer', () => new Uint8Array(Uint8Array.from([9, ...bytes(), 9]).buffer, 1, SIZE)],
    ['a Blob', () => new Blob([bytes()])],
    ['a File', () => new File([bytes()], 'film.mp4', { type: 'video/mp4' })],
    ['a stream', () => streamOf(bytes())],
  ])('sends %s byte by byte', async (_what, body) => {
    const { data, response } = await makeSession().upload(sink(), body())
    expect(response.status).toBe(200)
    expect(told(data)).toEqual({ bytes: SIZE, sha256: await sha256(bytes()) })
  })

  it('copies a buffer when it is made', async () => {
    const body = bytes()
    const promise = makeSession().upload(sink(), body)
    body.fill(0)
    expect(told((await promise).data)['sha256']).toBe(await sha256(bytes()))
  })

  it('of nothing is a request of no bytes', async () => {
    const { data } = await makeSession().upload(sink(), new Blob())
    expect(told(data)['bytes']).toBe(0)
  })

  it.each<[string, UploadBody, string, string]>([
    ['a text', 'héllo', 'text/plain;charset=UTF-8', 'héllo'],
    ['a form of fields', new URLSearchParams({ a: '1 2' }), 'application/x-www-form-urlencoded;charset=UTF-8', 'a=1+2'],
    ['a typed Blob', new Blob(['{}'], { type: 'application/json' }), 'application/json', '{}'],
  ])('of %s has its type', async (_what, body, type, text) => {
    const { data } = await makeSession().upload(echo(), body)
    expect(told(data)).toMatchObject({ method: 'POST', body: text, headers: { 'content-type': type } })
  })

  it('of a form sends its files under their names, with the boundary in the type', async () => {
    const form = new FormData()
    form.set('a"b', 'line\nline')
    form.set('file', new File(['xyz'], 'nämé.txt', { type: 'text/plain' }))
    const { data } = await makeSession().upload(echo(), form)
    const { headers, body } = told(data) as { headers: Record<string, string>; body: string }
    const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(headers['content-type'] ?? '')?.[1] ?? '?'
    expect(body).toBe(
      [
        `--${boundary}`,
        'Content-Disposition: form-data; name="a%22b"',
        '',
        'line\r\nline',
        `--${boundary}`,
        'Content-Disposition: form-data; name="file"; filename="nämé.txt"',
        'Content-Type: text/plain',
        '',
        'xyz',
        `--${boundary}--`,
        '',
      ].join('\r\n'),
    )
  })

  it('has the request’s method and headers, whose type is before the body’s', async () => {
    const request = { url: echo(), method: 'PUT', headers: { 'content-type': 'x/y', 'x-one': '1' } }
    const { data } = await makeSession({ headers: { 'x-two': '2' } }).upload(request, 'abc')
    expect(told(data)).toMatchObject({ method: 'PUT', headers: { 'content-type': 'x/y', 'x-one': '1', 'x-two': '2' } })
  })

  it.each([201, 404, 413, 500])('ends well with a %i: a status is no error', async (status) => {
    const { response, data } = await makeSession().upload(sink(`?status=${status}`), 'abc')
    expect(response.status).toBe(status)
    expect(told(data)['bytes']).toBe(3)
  })

  it('counts what leaves and what has arrived', async () => {
    const task = makeSession().uploadTask(sink(), bytes())
    expect(task.accepted).toBe(0)
    task.resume()
    const seen: number[] = []
    for await (const { completed } of task.progress) seen.push(completed)
    await task.finished
    expect(seen).toEqual(seen.toSorted((one, other) => one - other))
    expect(task.progress.upload).toMatchObject({ completed: SIZE, total: SIZE, fraction: 1 })
    expect(task.progress.download.completed).toBe(0)
    expect(task.accepted).toBe(SIZE)
  })

  it('tells its delegate of bytes, answer, data and end, in this order', async () => {
    const calls: string[] = []
    let sent = 0
    const delegate: SessionDelegate = {
      didCreateTask: () => void calls.push('created'),
      didSendBodyData(_task, more, total, expected) {
        sent += more
        expect(total).toBe(sent)
        expect(expected).toBe(SIZE)
        if (calls.at(-1) !== 'sent') calls.push('sent')
      },
      didReceiveResponse: (_task, { status }) => void calls.push(`response ${status}`),
      didReceiveData: (_task, data) => void calls.push(`data ${told(data)['bytes'] as number}`),
      didFinishCollectingMetrics: () => void calls.push('metrics'),
      didComplete: (_task, error) => void calls.push(`complete ${error?.code ?? 'well'}`),
    }
    const task = makeSession({}, delegate).uploadTask(sink(), bytes()).resume()
    await task.finished
    expect(calls).toEqual(['created', 'sent', 'response 200', `data ${SIZE}`, 'metrics', 'complete well'])
    expect(sent).toBe(SIZE)
    expect(task.metrics?.transactions).toMatchObject([{ status: 200, from: 0, bytes: SIZE, error: null }])
  })

  it('can be cancelled, before it starts and while it goes', async () => {
    const session = makeSession()
    const early = session.uploadTask(sink(), 'abc')
    early.cancel()
    await expect(early.finished).rejects.toMatchObject({ code: 'cancelled' })
    const late = session.uploadTask(sink(), bytes()).resume()
    late.cancel()
    await expect(late.finished).rejects.toMatchObject({ code: 'cancelled', name: 'AbortError' })
  })

  it('waits while it is suspended, and goes when it is resumed', async () => {
    const task = makeSession().uploadTask(sink(), 'abc').resume().suspend()
    expect(task.state).toBe('suspended')
    task.resume()
    expect((await task.finished).response.status).toBe(200)
  })

  it('tries again what may be repeated, and gives the last answer', async () => {
    const session = makeSession({ retry: { attempts: 3, baseDelay: 1, maximumDelay: 2 } })
    const task = session.uploadTask({ url: sink('?status=503'), method: 'PUT' }, 'abc').resume()
    expect((await task.finished).response.status).toBe(503)
    expect(task.metrics?.transactions).toHaveLength(3)
  })

  it('sends a POST once, whatever is answered', async () => {
    const task = makeSession(quick).uploadTask(sink('?status=503'), 'abc').resume()
    expect((await task.finished).response.status).toBe(503)
    expect(task.metrics?.transactions).toHaveLength(1)
  })
})

describe('what cannot be uploaded is refused at the call', () => {
  it.each<[string, unknown, unknown, unknown, RegExp]>([
    ['no body', sink(), undefined, {}, /"body" was something else/],
    ['a number', sink(), 5, {}, /"body" was something else/],
    ['an unknown option', sink(), 'a', { pieces: 3 }, /unknown option "pieces"/],
    ['an unknown protocol', sink(), 'a', { protocol: 'ftp' }, /"protocol" was "ftp"/],
    ['half a protocol', sink(), 'a', { protocol: { name: 'mine', create: () => {} } }, /"protocol" was an object/],
    ['a part of no bytes', sink(), 'a', { chunkSize: 0 }, /"chunkSize" was 0/],
    ['too many parts at once', sink(), 'a', { parallel: 99 }, /"parallel" was 99/],
  ])('%s', (_what, url, body, options, message) => {
    const session = makeSession()
    expect(() => session.uploadTask(url as string, body as string, options as object)).toThrow(message)
  })

  it.each<[string, unknown, URLError['code']]>([
    ['a GET', { url: sink(), method: 'GET' }, 'dataLengthExceedsMaximum'],
    ['a Request that gets', new Request(sink()), 'dataLengthExceedsMaximum'],
    ['an address in clear', 'http://example.com/up', 'appTransportSecurityRequiresSecureConnection'],
    ['another scheme', 'data:,x', 'unsupportedURL'],
    ['resume data of a download', { kind: 'urlsession.download-resume-data', v: 1 }, 'badResumeData'],
  ])('%s', (_what, request, code) => {
    const session = makeSession()
    expect(() => session.uploadTask(request as string, 'abc')).toThrow(expect.objectContaining({ code }) as Error)
  })

  it.runIf(!inNode)('a path in a browser', () => {
    const session = makeSession()
    expect(() => session.uploadTask(sink(), { path: '/etc/passwd' })).toThrow(
      expect.objectContaining({ code: 'unsupportedByPlatform' }) as Error,
    )
  })

  it('a promise in a background session', async () => {
    const session = makeSession()
    await session.close()
    expect(await rejection(session.upload(sink(), 'abc'))).toMatchObject({ code: 'sessionInvalid' })
  })
})
