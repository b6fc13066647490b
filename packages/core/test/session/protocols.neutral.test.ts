/** Protocols load in the place of the network, for data tasks and for transfers, which then run in a worker all the same. */
import { SessionConfiguration, type URLProtocol } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { bytesOf, inNode, makeSession, origin, reached, rejection, serve } from '../support/session.ts'
import { textOf } from './support/data.ts'

const whole = contentAt(9, 0, 3_000_000)

/** An origin of the caller's own, which gives ranges like any other. */
function content(breaksAt = Number.POSITIVE_INFINITY): URLProtocol & { readonly ranges: (string | null)[] } {
  const ranges: (string | null)[] = []
  let breaks = breaksAt
  return {
    ranges,
    accepts: ({ url }) => url.startsWith('content:'),
    async load({ headers }, client) {
      const range = headers.get('range')
      ranges.push(range)
      const from = Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0)
      const total = whole.length
      client.didReceiveResponse({
        status: from > 0 ? 206 : 200,
        headers: {
          etag: '"own"',
          'content-length': `${total - from}`,
          ...(from > 0 ? { 'content-range': `bytes ${from}-${total - 1}/${total}` } : {}),
        },
      })
      for (let at = from; at < total; at += 100_000) {
        if (at >= breaks) {
          breaks = Number.POSITIVE_INFINITY
          const { URLError } = await import('urlsession')
          return client.didFail(new URLError('networkConnectionLost'))
        }
        await client.didLoad(whole.slice(at, Math.min(total, at + 100_000)))
      }
      client.didFinish()
    },
  }
}

describe('a protocol of the caller’s', () => {
  it('answers a data task and a download, which goes on after a break', async () => {
    const own = content(1_500_000)
    const session = makeSession({ protocols: [own], retry: { baseDelay: 5, maximumDelay: 20 } })
    const { file } = await session.download('content:/model.bin')
    expect(await bytesOf(await file.blob())).toEqual(whole)
    expect([own.ranges[0], own.ranges.length]).toEqual([null, 2])
    expect(own.ranges[1]).toMatch(/^bytes=[1-9]\d*-$/)
    expect((await session.data('content:/model.bin')).data.length).toBe(whole.length)
  })

  it('may answer for http, and leaves to the network what it does not accept', async () => {
    const file = await serve('untouched.bin', { size: 1000 })
    const limited: URLProtocol = {
      accepts: ({ url }) => url.endsWith('/limited'),
      load: () => new Response('later', { status: 429 }),
    }
    const session = makeSession({ protocols: [limited], retry: { attempts: 1 } })
    const { data, response } = await session.data(`${origin.url}/limited`)
    expect([response.status, textOf({ data })]).toEqual([429, 'later'])
    expect((await session.data(file.url)).data.length).toBe(1000)
    expect((await session.download(file.url)).file.size).toBe(1000)
    expect(await (await session.fetch(`${origin.url}/limited`)).text()).toBe('later')
  })

  it('that falls silent does not keep its download from being cancelled', async () => {
    const stopped = Promise.withResolvers<void>()
    const silent: URLProtocol = {
      accepts: ({ url }) => url.startsWith('silent:'),
      load: () => {
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new Uint8Array(1000)),
          cancel: () => stopped.resolve(),
        })
        return new Response(body)
      },
    }
    const task = makeSession({ protocols: [silent] })
      .downloadTask('silent:thing')
      .resume()
    await reached(task, 1000)
    task.cancel()
    expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled' })
    await stopped.promise
  })

  it('that has not answered yet hears when its download or upload is cancelled', async () => {
    const url = `${origin.url}/mute`
    for (const kind of ['download', 'upload'] as const) {
      const asked = Promise.withResolvers<void>()
      const stopped = Promise.withResolvers<unknown>()
      const mute: URLProtocol = {
        accepts: (asking) => asking.url === url,
        load(_request, { signal }) {
          signal.addEventListener('abort', () => stopped.resolve(signal.reason))
          asked.resolve()
        },
      }
      const session = makeSession({ protocols: [mute] })
      const task = kind === 'upload' ? session.uploadTask(url, 'hello') : session.downloadTask(url)
      task.resume()
      await asked.promise
      task.cancel()
      expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled' })
      expect(await stopped.promise).toMatchObject({ code: 'cancelled' })
    }
  })

  it('is handed all of the request, by a data task, a download and an upload alike', async () => {
    const seen: unknown[] = []
    const own: URLProtocol = {
      accepts: ({ url }) => url.endsWith('/own'),
      async load({ url, method, headers, body, credentials, cachePolicy }) {
        const text = (await body?.text()) ?? null
        // By what arrived first, so that a body may be read as often as one likes.
        const size = (await body?.arrayBuffer())?.byteLength
        seen.push([url, method, headers.get('x-mine'), text, size, credentials, cachePolicy])
        return new Response('taken')
      },
    }
    const session = makeSession({ protocols: [own], headers: { 'x-mine': 'yes' } })
    const request = { url: `${origin.url}/own`, method: 'PUT', credentials: 'include' } as const
    await session.data({ ...request, body: 'hello' })
    await session.download({ ...request, body: 'hello' })
    await session.download({ ...request, body: new TextEncoder().encode('hello') })
    for (const body of ['hello', new Blob(['hello']), new TextEncoder().encode('hello'), new Response('hello').body])
      expect(textOf(await session.upload(request, body as Blob))).toBe('taken')
    const all = [request.url, 'PUT', 'yes', 'hello', 5, 'include']
    expect(seen.map((one) => (one as unknown[]).slice(0, 6))).toEqual(Array.from({ length: 7 }, () => all))
  })

  it('of another scheme takes uploads too, with their progress; a scheme that none accepts is no address', async () => {
    const own: URLProtocol = {
      accepts: ({ url }) => url.startsWith('store:'),
      load: async ({ method, url, body }) =>
        new Response(`${method} ${url} ${(await body?.arrayBuffer())?.byteLength}`),
    }
    const session = makeSession({ protocols: [own] })
    for (const body of [new Blob([whole]), new Response(whole).body])
      expect(textOf(await session.upload('store:/film', body as Blob))).toBe(`POST store:/film ${whole.length}`)
    const task = session.uploadTask({ url: 'store:/film', method: 'PUT' }, whole).resume()
    expect(textOf(await task.finished)).toBe(`PUT store:/film ${whole.length}`)
    expect(task.progress.upload).toMatchObject({ completed: whole.length, total: whole.length })
    expect(await rejection(session.upload('nowhere:/film', 'x'))).toMatchObject({ code: 'unsupportedURL' })
    expect(await rejection(session.data('nowhere:/film'))).toMatchObject({ code: 'unsupportedURL' })
    for (const url of ['store:/film', inNode ? 'ftp://a.test/film' : 'opfs:/film'])
      expect(() => makeSession().uploadTask(url, 'x')).toThrow(expect.objectContaining({ code: 'unsupportedURL' }))
  })

  it('that redirects is followed, by a data task and a download alike', async () => {
    const file = await serve('elsewhere.bin', { size: 1000 })
    const own: URLProtocol = {
      accepts: ({ url }) => url.endsWith('/moved') || url.startsWith('moved:'),
      load: (_request, client) => client.wasRedirected(file.url),
    }
    const session = makeSession({ protocols: [own] })
    for (const url of [`${origin.url}/moved`, 'moved:it']) {
      expect((await session.data(url)).data.length).toBe(1000)
      expect((await session.download(url)).file.size).toBe(1000)
    }
  })

  it('is asked before those that come after it', async () => {
    const saying = (text: string, accepted: boolean): URLProtocol => ({
      accepts: () => accepted,
      load: () => new Response(text),
    })
    const session = makeSession({ protocols: [saying('a', false), saying('b', true), saying('c', true)] })
    expect(textOf(await session.data('any:thing'))).toBe('b')
  })

  it('is refused to a background session, whose transfers go on without it', () => {
    expect(() => SessionConfiguration.background('own', { protocols: [content()] })).toThrow(TypeError)
  })
})

describe('a scheme that is built in', () => {
  it('data: is loaded by data tasks and downloads', async () => {
    const session = makeSession()
    const { data, response } = await session.data('data:text/plain;charset=utf-8;base64,aGVsbG8=')
    expect([textOf({ data }), response.mimeType, response.textEncodingName]).toEqual(['hello', 'text/plain', 'utf-8'])
    expect(await (await (await session.download('data:,a%20b')).file.blob()).text()).toBe('a b')
    expect(await rejection(session.data('data:nothing'))).toMatchObject({ code: 'badURL' })
  })

  it('blob: is downloaded from where it was made', async () => {
    const url = URL.createObjectURL(new Blob([whole]))
    const { file } = await makeSession().download(url)
    expect(await bytesOf(await file.blob())).toEqual(whole)
    URL.revokeObjectURL(url)
  })

  it('that nothing loads is refused at the call', () => {
    const unknown = inNode ? 'opfs:/x' : 'file:///etc/passwd'
    for (const url of ['ssh://example.com', unknown])
      expect(() => makeSession().dataTask(url)).toThrow(expect.objectContaining({ code: 'unsupportedURL' }))
  })
})
