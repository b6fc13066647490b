/** What of a data task's request reaches the server: headers, methods, bodies of every kind. */
import { describe, expect, it } from 'vitest'
import { inNode, makeSession, origin, quick, rejection, serve } from '../support/session.ts'
import { echoOf, echoURL, textOf } from './support/data.ts'

describe('a data task’s headers', () => {
  it('are the request’s before the session’s, whatever case they are written in', async () => {
    const session = makeSession({ headers: { 'X-Color': 'red', 'x-size': 'large' } })
    const { headers } = await echoOf(session.data({ url: echoURL, headers: { 'x-COLOR': 'blue' } }))
    expect(headers).toMatchObject({ 'x-color': 'blue', 'x-size': 'large' })
  })

  it.runIf(inNode)('reach the server as they were set, where a browser would forbid it', async () => {
    const headers = {
      cookie: 'a=b',
      referer: 'https://a.test/',
      'user-agent': 'mine',
      origin: 'https://b.test',
      date: 'x',
    }
    expect((await echoOf(makeSession().data({ url: echoURL, headers }))).headers).toMatchObject(headers)
  })

  it('have no user and password of the URL in them, nor has the task', async () => {
    const url = echoURL.replace('//', '//me:secret@')
    const promise = makeSession().data(url)
    const echo = await echoOf(promise)
    expect(JSON.stringify([echo, promise.task.originalRequest, promise.task.response])).not.toContain('secret')
  })
})

describe('a data task’s method', () => {
  it.each([
    ['gEt', 'GET'],
    ['post', 'POST'],
    ['Put', 'PUT'],
    ['delete', 'DELETE'],
    ['OPTIONS', 'OPTIONS'],
    ['PATCH', 'PATCH'],
  ])('%s is sent as %s', async (given, sent) => {
    expect((await echoOf(makeSession().data({ url: echoURL, method: given }))).method).toBe(sent)
  })

  it('that HTTP does not know by heart stays as it was typed', () => {
    // Node itself writes all in capitals, so the task is what can tell.
    expect(makeSession().dataTask({ url: echoURL, method: 'patch' }).originalRequest.method).toBe('patch')
  })

  it('is refused at the call where no request can have it', () => {
    for (const method of ['TRACE', 'connect', 'Track', 'a b', ''])
      expect(() => makeSession().dataTask({ url: echoURL, method })).toThrow(TypeError)
  })
})

describe('a data task’s URL', () => {
  it('is refused at the call where there can be no request, by Apple’s codes', async () => {
    const session = makeSession()
    const code = (url: string): unknown => {
      try {
        return session.dataTask(url).kind
      } catch (error) {
        return [(error as { code: string }).code, (error as { number: number }).number]
      }
    }
    expect(code('https://a.test:999999/')).toEqual(['badURL', -1000])
    expect(code('https://[::1')).toEqual(['badURL', -1000])
    expect(code('https://[::1]/')).toBe('data')
    expect(code('unknown://a.test/')).toEqual(['unsupportedURL', -1002])
    expect(code('http://a.test/')).toEqual(['appTransportSecurityRequiresSecureConnection', -1022])
    await expect(session.data('http://a.test/')).rejects.toMatchObject({ number: -1022, phase: 'setup' })
    const refused = session.data('nonsense://')
    expect(await rejection(refused)).toMatchObject({ code: 'unsupportedURL' })
    expect(() => refused.task).toThrow(expect.objectContaining({ code: 'unsupportedURL' }))
  })

  it('may be plain http where the session allows it, also for names below', () => {
    const session = makeSession({
      transportSecurity: { exceptions: { 'a.test': { allowsInsecureHTTP: true, includesSubdomains: true } } },
    })
    expect(session.dataTask('http://b.a.test/').kind).toBe('data')
    expect(() => session.dataTask('http://c.test/')).toThrow(expect.objectContaining({ number: -1022 }))
  })
})

describe('a data task’s body', () => {
  const send = (body: BodyInit | null, more: { method?: string; headers?: HeadersInit } = {}) =>
    echoOf(makeSession().data({ url: echoURL, method: 'POST', body, ...more }))

  it('of bytes or text that is POSTed without a type is a form, as Apple has it', async () => {
    for (const body of ['a=b', new TextEncoder().encode('a=b'), new TextEncoder().encode('a=b').buffer]) {
      const echo = await send(body)
      expect(echo).toMatchObject({ method: 'POST', body: 'a=b' })
      expect(echo.headers).toMatchObject({ 'content-type': 'application/x-www-form-urlencoded', 'content-length': '3' })
    }
  })

  it('has the type its sender says', async () => {
    const { headers } = await send('{}', { headers: { 'Content-Type': 'application/json' } })
    expect(headers['content-type']).toBe('application/json')
  })

  it('that is empty gets no type, and its length is told', async () => {
    for (const method of ['POST', 'PUT']) {
      const { headers, body } = await send(new Uint8Array(), { method })
      expect([body, headers['content-type'], headers['content-length']]).toEqual(['', undefined, '0'])
    }
    expect((await send(new TextEncoder().encode('x'), { method: 'PUT' })).headers['content-type']).toBe(undefined)
  })

  it('of a Blob has its type and length', async () => {
    const { headers, body } = await send(new Blob(['one', 'two'], { type: 'text/x-special' }))
    expect([body, headers['content-type'], headers['content-length']]).toEqual(['onetwo', 'text/x-special', '6'])
  })

  it('of URLSearchParams is a form with a charset', async () => {
    const { headers, body } = await send(new URLSearchParams({ a: 'ä b' }))
    expect([body, headers['content-type']]).toEqual(['a=%C3%A4+b', 'application/x-www-form-urlencoded;charset=UTF-8'])
  })

  it('of FormData can be read back as one, files and all', async () => {
    const form = new FormData()
    form.set('name', 'Jack')
    form.set('odd "\n name', 'two\nlines')
    form.set('file', new Blob(['content'], { type: 'text/plain' }), 'note.txt')
    const { headers, body } = await send(form)
    const type = headers['content-type'] ?? ''
    expect(type).toMatch(/^multipart\/form-data; ?boundary=/)
    const back = await new Response(body, { headers: { 'content-type': type } }).formData()
    expect(back.get('name')).toBe('Jack')
    // Line ends are those of the format, and nothing gets out of its quotes.
    expect(body).toContain('name="odd %22%0D%0A name"\r\n\r\ntwo\r\nlines\r\n')
    expect(Number(headers['content-length'])).toBe(body.length)
    expect((back.get('file') as File).name).toBe('note.txt')
    expect(await (back.get('file') as File).text()).toBe('content')
  })

  it('of a Request is sent, with its method and headers, and once more where that is needed', async () => {
    const file = await serve('put.txt', { body: 'done' })
    await file.nextResponses([{ status: 503 }])
    const request = new Request(file.url, { method: 'PUT', body: 'content', headers: { 'x-color': 'red' } })
    expect(textOf(await makeSession(quick).data(request))).toBe('done')
    expect(request.bodyUsed).toBe(true)
    const requests = await file.requests()
    expect(requests.map(({ method, headers, bytesReceived }) => [method, headers['x-color'], bytesReceived])).toEqual([
      ['PUT', 'red', 7],
      ['PUT', 'red', 7],
    ])
    expect(() => makeSession().dataTask(request)).toThrow(TypeError)
  })

  it('is refused with GET and HEAD, unless it is empty', async () => {
    for (const method of ['GET', 'HEAD']) {
      const told = expect.objectContaining({ code: 'dataLengthExceedsMaximum', number: -1103 })
      expect(() => makeSession().dataTask({ url: echoURL, method, body: 'x' })).toThrow(told)
      expect(makeSession().dataTask({ url: echoURL, method, body: '' }).kind).toBe('data')
    }
  })

  it('of another kind is refused at the call', () => {
    const body = { an: 'object' } as unknown as BodyInit
    expect(() => makeSession().dataTask({ url: echoURL, method: 'POST', body })).toThrow(/request: "body"/)
  })

  it.runIf(inNode)('of a stream is sent as it comes, once', async () => {
    const pieces = ['one', 'two', 'three']
    const stream = (): ReadableStream<Uint8Array> =>
      new ReadableStream({
        pull(controller) {
          const piece = pieces.shift()
          if (piece === undefined) controller.close()
          else controller.enqueue(new TextEncoder().encode(piece))
        },
      })
    const { headers, body } = await send(stream())
    expect([body, headers['transfer-encoding'], headers['content-type']]).toEqual(['onetwothree', 'chunked', undefined])
    pieces.push('six')
    const echo = await send(stream(), { method: 'DELETE' })
    expect([echo.method, echo.body]).toEqual(['DELETE', 'six'])
    const { url } = await serve('busy.bin', { size: 1, status: 503 })
    const session = makeSession(quick)
    pieces.push('four')
    const promise = session.data({ url, method: 'PUT', body: stream() })
    expect((await promise).response.status).toBe(503)
    expect(promise.task.metrics?.transactions).toHaveLength(1)
    pieces.push('five')
    const moved = session.data({ url: `${origin.url}/redirect/1?status=307`, method: 'PUT', body: stream() })
    expect(await rejection(moved)).toMatchObject({ code: 'requestBodyStreamExhausted', number: -1021 })
  })

  it('is left behind where a redirect makes a GET of it, and goes along where not', async () => {
    const session = makeSession()
    const to = (status: number, method: string) =>
      echoOf(session.data({ url: `${origin.url}/redirect/2?status=${status}`, method, body: 'order' }))
    for (const status of [301, 302, 303])
      expect(await to(status, 'POST')).toMatchObject({ method: 'GET', body: '', url: '/echo' })
    for (const status of [307, 308]) expect(await to(status, 'POST')).toMatchObject({ method: 'POST', body: 'order' })
    expect(await to(301, 'PUT')).toMatchObject({ method: 'PUT', body: 'order' })
    expect((await to(303, 'POST')).headers['content-type']).toBe(undefined)
    expect((await to(307, 'POST')).headers['content-type']).toBe('application/x-www-form-urlencoded')
  })
})
