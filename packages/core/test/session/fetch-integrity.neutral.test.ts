/** `integrity` means to `session.fetch` what it means to fetch: whoever answers, bytes that do not fit are never seen. */
import { URLError, type URLProtocol } from 'urlsession'
import { beforeAll, describe, expect, it } from 'vitest'
import { inNode, makeSession, origin, otherOrigin, quick, rejection, serve, unique } from '../support/session.ts'
import { cached, count, keepable } from './support/caches.ts'

const text = 'the body that was meant'
const digestOfNothing = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
const digests: Record<string, string> = {}

beforeAll(async () => {
  for (const name of ['SHA-256', 'SHA-384', 'SHA-512']) {
    const digest = new Uint8Array(await crypto.subtle.digest(name, new TextEncoder().encode(text)))
    digests[name.replace('SHA-', 'sha')] = btoa(String.fromCharCode(...digest))
  }
})

const right = (name: string): string => `${name}-${digests[name] ?? ''}`
const wrong = (name: string): string => `${name}-${btoa('x'.repeat(Number(name.slice(3)) / 8))}`

/** What came of it, or what it was refused with. */
const outcome = async (answer: Promise<Response>): Promise<string> => {
  try {
    return await (await answer).text()
  } catch (error) {
    return (error as Error).name
  }
}

describe('the integrity of an answer', () => {
  it.each<[string, () => string, boolean]>([
    ['one that fits', () => right('sha256'), true],
    ['one that fits, of each strength', () => ['sha512', 'sha256', 'sha384'].map(right).join(' '), true],
    ['one that does not', () => wrong('sha256'), false],
    ['one of two of the same strength', () => `${wrong('sha384')}\n ${right('sha384')}`, true],
    ['only a weaker one that fits', () => `${right('sha256')} ${wrong('sha512')}`, false],
    ['a stronger one that fits', () => `${wrong('sha256')} ${right('sha512')}`, true],
    ['an option behind it', () => `${right('sha256')}?ct=text/plain`, true],
    ['nothing that is known', () => 'md5-abcd sha257-x', true],
    ['one that is too short to be one', () => 'sha256-AAAA', false],
  ])('is judged as by fetch: %s', async (_what, integrity, fits) => {
    const { url } = await serve('whole.txt', { body: text })
    const expected = fits ? text : 'TypeError'
    // Node's reads no option.
    if (!inNode) expect(await outcome(fetch(url, { integrity: integrity() }))).toBe(expected)
    const { fetch: send } = makeSession()
    expect(await outcome(send(url, { integrity: integrity() }))).toBe(expected)
    expect(await outcome(send(new Request(url, { integrity: integrity() })))).toBe(expected)
  })

  it('that does not fit fails the task, which is not tried again', async () => {
    const file = await serve('torn.txt', { body: text })
    const error = (await rejection(makeSession(quick).fetch(file.url, { integrity: wrong('sha256') }))) as TypeError
    expect(error).toBeInstanceOf(TypeError)
    expect(URLError.is(error.cause)).toBe(true)
    expect(error.cause).toMatchObject({ code: 'fileIntegrityMismatch', phase: 'body', url: file.url, retryable: false })
    expect(await count(file)).toBe(1)
  })

  it.runIf(!inNode)('of which a page may see nothing fits none, as by fetch, and is asked for once', async () => {
    for (const [init, cors] of [
      [{ mode: 'no-cors', cache: 'no-store' }, 'none'],
      [{ redirect: 'manual', cache: 'no-store' }, 'simple'],
    ] as const) {
      const file = await otherOrigin.file(unique('hidden.txt'), { body: text, cors })
      if ('redirect' in init) await file.behave({ redirect: {} })
      for (const integrity of [right('sha256'), `sha256-${digestOfNothing}`, 'md5-abcd']) {
        expect(await outcome(fetch(file.url, { ...init, integrity }))).toBe('TypeError')
        const before = await count(file)
        const error = (await rejection(makeSession(quick).fetch(file.url, { ...init, integrity }))) as TypeError
        expect(error.cause).toMatchObject({ code: 'fileIntegrityMismatch', url: file.url })
        expect((await count(file)) - before).toBe(1)
      }
    }
  })

  it('that fits is an answer like any other: where it came from, its copies, and its place in a cache', async () => {
    const file = await serve('like-any.txt', { body: text, cors: 'exposed', redirect: { status: 302 } })
    const plain = await makeSession().fetch(file.url)
    const response = await makeSession().fetch(file.url, { integrity: right('sha256') })
    const { type, url, redirected, status, ok } = plain
    expect(response).toBeInstanceOf(Response)
    expect(response).toMatchObject({ type, url, redirected, status, ok })
    expect(response.type).toBe(inNode ? 'basic' : 'cors')
    expect([...response.headers]).toEqual(expect.arrayContaining([['content-type', plain.headers.get('content-type')]]))
    const copy = response.clone()
    expect(copy.type).toBe(response.type)
    if (!inNode) {
      const store = await caches.open(unique('integrity'))
      await store.put(file.url, response.clone())
      expect(await (await store.match(file.url))?.text()).toBe(text)
    }
    expect([await copy.text(), await response.text()]).toEqual([text, text])
    expect(response.bodyUsed).toBe(true)
  })

  it('ends its task, though nobody reads what was found right', async () => {
    const over = Promise.withResolvers<void>()
    const session = makeSession({}, { didBecomeInvalid: () => over.resolve() })
    const { url } = await serve('unread.txt', { body: text })
    const response = await session.fetch(url, { integrity: right('sha256') })
    session.finishTasksAndInvalidate()
    await over.promise
    expect(response.bodyUsed).toBe(false)
    expect(await response.text()).toBe(text)
  })

  it('is one of nothing where there is no body', async () => {
    const session = makeSession()
    for (const request of [{ url: `${origin.url}/status/204` }, { url: `${origin.url}/echo`, method: 'HEAD' }]) {
      const { url, ...init } = request
      expect(await outcome(session.fetch(url, { ...init, integrity: `sha256-${digestOfNothing}` }))).toBe('')
      expect(await outcome(session.fetch(url, { ...init, integrity: right('sha256') }))).toBe('TypeError')
    }
  })

  it('is judged where a protocol answers, and nothing that a cache had unjudged is given', async () => {
    const own: URLProtocol = { accepts: ({ url }) => url.startsWith('app:'), load: () => new Response(text) }
    const { session } = await cached({ protocols: [own] })
    const file = await keepable('max-age=600', { body: text })
    expect(await (await session.fetch(file.url)).text()).toBe(text)
    for (const url of ['app:x', file.url]) {
      expect(await outcome(session.fetch(url, { integrity: right('sha384') }))).toBe(text)
      expect(await outcome(session.fetch(url, { integrity: wrong('sha384') }))).toBe('TypeError')
    }
  })

  it('is judged within what the answer may measure', async () => {
    const { url } = await serve('large.bin', { size: 100_000, framing: 'chunked' })
    const error = await rejection(makeSession().fetch(url, { integrity: wrong('sha256'), maximumSize: 1000 }))
    expect(error).toMatchObject({ cause: { code: 'dataLengthExceedsMaximum' } })
  })
})
