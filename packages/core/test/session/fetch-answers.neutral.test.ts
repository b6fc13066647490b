/** `session.fetch` answers as the platform's own fetch does: each test asks both, and compares. */
import { describe, expect, it } from 'vitest'
import { inNode, makeSession, origin, serve } from '../support/session.ts'
import { echoURL } from './support/data.ts'

type Fetch = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>

const platform: Fetch = (input, init) => fetch(input, init)
const ours = (): Fetch => makeSession({ retry: { attempts: 1 } }).fetch

/** What `look` sees of both. */
async function both<T>(look: (send: Fetch) => Promise<T>): Promise<[ours: T, platform: T]> {
  return [await look(ours()), await look(platform)]
}

const name = (error: unknown): string => (error instanceof Error ? error.name : typeof error)
const failure = (work: Promise<unknown>): Promise<string> => work.then(() => 'it worked', name)

const head = ({ status, statusText, ok, redirected, url, type, bodyUsed, headers }: Response) => ({
  status,
  statusText,
  ok,
  redirected,
  url,
  type,
  bodyUsed,
  headers: [...headers].filter(([key]) => key !== 'date' && key !== 'connection'),
})

/** Without headers: the echo's length tells who asks. */
const brief = (response: Response) => ({ ...head(response), headers: [] })

describe('the head of an answer', () => {
  it.each([200, 201, 204, 206, 301, 304, 400, 404, 500, 503])('of status %i is the same', async (status) => {
    const file = await serve('status.txt', {
      body: 'text',
      status,
      contentType: 'text/plain',
      headers: { ETag: '"x"' },
    })
    const [mine, theirs] = await both(async (send) => head(await send(file.url, { cache: 'no-store' })))
    expect(mine).toEqual(theirs)
  })

  it('is the same after redirects, also without the fragment', async () => {
    const { url } = await serve('moved.bin', { size: 1, redirect: { to: `${echoURL}?x#inside`, hops: 2 } })
    const [mine, theirs] = await both(async (send) => brief(await send(url)))
    expect(mine).toEqual(theirs)
    expect(mine).toMatchObject({ redirected: true, url: `${echoURL}?x` })
    const [plain, theirsPlain] = await both(async (send) => brief(await send(`${echoURL}#inside`)))
    expect(plain).toEqual(theirsPlain)
    expect(plain).toMatchObject({ redirected: false, url: echoURL })
  })

  it('is that of the redirect itself where that is asked for', async () => {
    const { url } = await serve('manual.bin', { size: 1, redirect: { to: echoURL } })
    const [mine, theirs] = await both(async (send) => head(await send(url, { redirect: 'manual' })))
    expect(mine).toEqual(theirs)
    expect(mine.status).toBe(inNode ? 302 : 0)
  })

  it('is a failure where a redirect is forbidden', async () => {
    const { url } = await serve('forbidden.bin', { size: 1, redirect: { to: echoURL } })
    const [mine, theirs] = await both((send) => failure(send(url, { redirect: 'error' })))
    expect([mine, theirs]).toEqual(['TypeError', 'TypeError'])
    const [request, theirRequest] = await both((send) => failure(send(new Request(url, { redirect: 'error' }))))
    expect([request, theirRequest]).toEqual(['TypeError', 'TypeError'])
  })

  it('is a Response', async () => {
    const response = await ours()(echoURL)
    expect(response).toBeInstanceOf(Response)
    expect(Object.prototype.toString.call(response)).toBe('[object Response]')
    expect(await new Response(response.body, response).json()).toMatchObject({ url: '/echo' })
  })

  it.runIf(!inNode)('is opaque without CORS, where that is asked for', async () => {
    const { url } = await serve('opaque.txt', { body: 'text', cors: 'none' })
    const [mine, theirs] = await both(async (send) => {
      const response = await send(url, { mode: 'no-cors' })
      return [head(response), await response.text()]
    })
    expect(mine).toEqual(theirs)
    expect(mine).toMatchObject([{ type: 'opaque', url: '', status: 0 }, ''])
  })
})

describe('a body', () => {
  const json = async () =>
    serve('body.json', { body: '\uFEFF{"a":"ä"}', contentType: 'application/json; charset=utf-8' })

  it('is read in each way to the same', async () => {
    const { url } = await json()
    const [mine, theirs] = await both(async (send) => [
      await (await send(url)).text(),
      await (await send(url)).json(),
      new Uint8Array(await (await send(url)).arrayBuffer()),
      await (await send(url)).blob().then(async (blob) => [blob.type, blob.size, await blob.text()]),
    ])
    expect(mine).toEqual(theirs)
    const bytes = await (await ours()(url)).bytes()
    expect(bytes).toEqual(theirs[2])
    expect(bytes.constructor).toBe(Uint8Array)
  })

  it('of a form is read to the same, of both kinds', async () => {
    const multipart = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n'
    for (const [body, contentType] of [
      ['a=1&b=%C3%A4', 'application/x-www-form-urlencoded'],
      [multipart, 'multipart/form-data; boundary=b'],
    ] as const) {
      const { url } = await serve('form', { body, contentType })
      const [mine, theirs] = await both(async (send) => [...(await (await send(url)).formData())])
      expect(mine).toEqual(theirs)
    }
  })

  it('that is no JSON is a SyntaxError, and a blob has its own type', async () => {
    const { url } = await serve('no.json', { body: '{', contentType: 'TEXT/Plain;charset=x' })
    const [mine, theirs] = await both(async (send) => [
      await failure((await send(url)).json()),
      (await (await send(url)).blob()).type,
    ])
    expect(mine).toEqual(theirs)
    expect(mine[0]).toBe('SyntaxError')
  })

  it('can be read once, and says so', async () => {
    const { url } = await json()
    const [mine, theirs] = await both(async (send) => {
      const response = await send(url)
      const seen: unknown[] = [response.bodyUsed]
      const first = response.text()
      seen.push(response.bodyUsed, response.body?.locked, await failure(response.json()))
      await first
      seen.push(response.bodyUsed, await failure(response.arrayBuffer()))
      try {
        response.clone()
      } catch (error) {
        seen.push(name(error))
      }
      return seen
    })
    expect(mine).toEqual(theirs)
    expect(mine).toEqual([false, true, true, 'TypeError', true, 'TypeError', 'TypeError'])
  })

  it('cannot be read where somebody holds its stream', async () => {
    const { url } = await json()
    const [mine, theirs] = await both(async (send) => {
      const response = await send(url)
      const reader = response.body?.getReader()
      const seen: unknown[] = [response.bodyUsed, response.body?.locked, await failure(response.text())]
      reader?.releaseLock()
      return [...seen, response.bodyUsed, await response.text()]
    })
    expect(mine).toEqual(theirs)
    expect(mine.slice(0, 4)).toEqual([false, true, 'TypeError', false])
  })

  it('is a stream, the same at each look, that gives all of it', async () => {
    const { url } = await serve('stream.bin', { size: 900_000 })
    const [mine, theirs] = await both(async (send) => {
      const response = await send(url)
      expect(response.body).toBe(response.body)
      let length = 0
      const reader = response.body?.getReader()
      for (let next = await reader?.read(); next?.value; next = await reader?.read()) length += next.value.byteLength
      return [length, response.bodyUsed, await failure(response.text())]
    })
    expect(mine).toEqual(theirs)
    expect(mine).toEqual([900_000, true, 'TypeError'])
  })

  it('can be read with a buffer of the reader’s own', async () => {
    const { url } = await serve('byob.bin', { size: 5000 })
    const reader = (await ours()(url)).body?.getReader({ mode: 'byob' })
    let length = 0
    for (let next = await reader?.read(new Uint8Array(1024)); next && !next.done;) {
      expect(next.value.byteLength).toBeLessThanOrEqual(1024)
      length += next.value.byteLength
      next = await reader?.read(new Uint8Array(1024))
    }
    expect(length).toBe(5000)
  })

  it('is not there where there can be none', async () => {
    const { url } = await serve('bodiless.bin', { size: 100 })
    const none = await serve('none.bin', { size: 0, status: 204 })
    const [mine, theirs] = await both(async (send) => {
      const headed = await send(url, { method: 'HEAD' })
      const nothing = await send(none.url)
      return [
        head(headed),
        headed.body === null,
        await headed.text(),
        nothing.body === null,
        nothing.bodyUsed,
        await nothing.text(),
      ]
    })
    expect(mine).toEqual(theirs)
    // Chromium has one, of nothing.
    if (inNode) expect(mine.slice(1)).toEqual([true, '', true, false, ''])
  })

  it('of a copy is the same, whichever is read first, and so is the copy’s copy', async () => {
    const { url } = await serve('copied.txt', { body: 'content', redirect: { hops: 1 } })
    const [mine, theirs] = await both(async (send) => {
      const response = await send(url)
      const copy = response.clone()
      const third = copy.clone()
      const seen = [head(copy), head(third), response.bodyUsed, await copy.text(), response.bodyUsed, copy.bodyUsed]
      return [...seen, await response.text(), await third.text(), await failure(copy.text())]
    })
    expect(mine).toEqual(theirs)
    expect(mine.slice(2)).toEqual([false, 'content', false, true, 'content', 'content', 'TypeError'])
  })

  it('of odd status keeps it in its copy', async () => {
    const [mine, theirs] = await both(async (send) => {
      const copy = (await send(`${origin.url}/status/599`)).clone()
      return [copy.status, copy.ok, await copy.json()]
    })
    expect(mine).toEqual(theirs)
  })
})

describe('a request of fetch’s', () => {
  interface Seen {
    method: string
    headers: Record<string, string>
    body: string
  }
  /** Without what only tells who asks. */
  const seen = async (response: Response): Promise<unknown> => {
    const { method, headers, body } = (await response.json()) as Seen
    const kept = Object.entries(headers).filter(([key]) => /^(content-|x-|accept$)/.test(key))
    const type = headers['content-type']?.replace(/boundary=.*/, 'boundary')
    return [
      method,
      { ...Object.fromEntries(kept), ...(type && { 'content-type': type }), 'content-length': '' },
      body.replaceAll(/-{4,}[\w-]+/g, '--'),
    ]
  }

  const bodies: [string, () => BodyInit][] = [
    ['a text', () => 'content'],
    ['an empty text', () => ''],
    ['bytes', () => new TextEncoder().encode('content')],
    ['a buffer', () => new TextEncoder().encode('content').buffer],
    ['a Blob', () => new Blob(['content'], { type: 'text/x-special' })],
    ['a Blob without a type', () => new Blob(['content'])],
    ['URLSearchParams', () => new URLSearchParams({ a: 'ä' })],
  ]
  it.each(bodies)('with %s for a body is the same', async (_what, body) => {
    const [mine, theirs] = await both(async (send) => seen(await send(echoURL, { method: 'POST', body: body() })))
    expect(mine).toEqual(theirs)
    const [request, theirRequest] = await both(async (send) =>
      seen(await send(new Request(echoURL, { method: 'PUT', body: body(), headers: { 'x-a': 'b' } }))),
    )
    expect(request).toEqual(theirRequest)
  })

  it('with a form for a body is one', async () => {
    const form = new FormData()
    form.set('a', '1')
    form.set('f', new Blob(['content'], { type: 'text/plain' }), 'note.txt')
    const [mine, theirs] = await both(async (send) => {
      const echo = (await (await send(echoURL, { method: 'POST', body: form })).json()) as Seen
      const type = echo.headers['content-type'] ?? ''
      const back = await new Response(echo.body, { headers: { 'content-type': type } }).formData()
      return Promise.all(
        [...back].map(async ([key, value]) => [key, value instanceof File ? await value.text() : value]),
      )
    })
    expect(mine).toEqual(theirs)
  })

  it('made of a Request, and changed by what stands beside it, is the same', async () => {
    const make = (): Request =>
      new Request(echoURL, { method: 'POST', body: 'content', headers: { 'x-a': '1', 'x-b': '2' } })
    const changes: (RequestInit | undefined)[] = [
      undefined,
      {},
      { method: 'PUT' },
      { headers: { 'x-c': '3', 'content-type': 'text/x' } },
      { body: 'other' },
      { method: 'DELETE', body: new Uint8Array([65]) },
      { signal: null },
    ]
    for (const change of changes) {
      const [mine, theirs] = await both(async (send) => seen(await send(make(), change)))
      expect(mine).toEqual(theirs)
    }
  })

  it('uses up its Request’s body, and is refused one that was', async () => {
    const [mine, theirs] = await both(async (send) => {
      const request = new Request(echoURL, { method: 'POST', body: 'content' })
      await send(request)
      return [request.bodyUsed, await failure(send(request)), await failure(send(request, { body: 'another' }))]
    })
    expect(mine).toEqual(theirs)
    expect(mine).toEqual([true, 'TypeError', 'it worked'])
  })

  it('may be a URL, and anything that says a URL', async () => {
    for (const input of [new URL(echoURL), { toString: () => echoURL } as unknown as string])
      expect(await failure(ours()(input))).toBe('it worked')
  })

  it('needs no `this`', async () => {
    const { fetch: send } = makeSession()
    expect((await send(echoURL)).status).toBe(200)
  })

  it.runIf(!inNode)('goes with the cache, mode and priority it says', async () => {
    const { url } = await serve('cached.txt', { body: 'content', headers: { 'Cache-Control': 'max-age=1000' } })
    const send = ours()
    const file = new URL(url).pathname.slice('/files/'.length)
    await (await send(url)).text()
    await (await send(url, { priority: 'high' })).text()
    expect(await origin.journal({ file })).toHaveLength(1)
    await (await send(url, { cache: 'reload' })).text()
    await (await send(new Request(url, { cache: 'reload' }))).text()
    expect(await origin.journal({ file })).toHaveLength(3)
    await (await send(url, { method: 'POST', body: 'x', keepalive: true })).text()
    expect(await failure(send(url, { mode: 'same-origin' }))).toBe('TypeError')
    expect(await failure(send(url, { integrity: 'sha256-AAAA' }))).toBe('TypeError')
  })
})
