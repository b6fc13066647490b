/** The loader: what reaches the wire, hop by hop, and what is refused on the way. */
import { describe, expect, it } from 'vitest'
import { ScriptedTransport, type AnswerHead } from '../../../testing/src/fakes/scripted-transport.ts'
import { nextHop } from '../../src/loading/redirects.ts'
import { Loader, type Exchange, type LoadOptions } from '../../src/loading/loader.ts'
import { SessionConfiguration, type ConfigurationOptions } from '../../src/model/configuration.ts'
import { normalizeRequest, storableRequest, type URLRequest } from '../../src/model/request.ts'

const url = 'https://a.test/file'

function chain(options: ConfigurationOptions = {}, redirects: 'each-hop' | 'final-only' = 'each-hop') {
  const transport = new ScriptedTransport({ redirects })
  const loader = new Loader(
    transport,
    SessionConfiguration.default(options).settings,
    redirects === 'each-hop' ? nextHop : null,
  )
  const signal = new AbortController().signal
  const load = (request: URLRequest = { url }, more: Partial<LoadOptions> = {}): Promise<Exchange> =>
    loader.load(storableRequest(normalizeRequest(request, () => null)), { signal, ...more })
  /** Answers each request with the next head, the last one for good. */
  const answer = (...heads: AnswerHead[]): void =>
    void transport.answerWith((_request, index) => heads[Math.min(index, heads.length - 1)] ?? {})
  return { transport, load, answer }
}

const to = (location: string, status = 302): AnswerHead => ({ status, headers: { location } })

describe('the wire request', () => {
  it('has the session’s headers where the request lacks them, and the range last', async () => {
    const { transport, load, answer } = chain({ headers: { accept: 'session', authorization: 'session' } })
    answer({})
    await load({ url, headers: { Accept: 'request', range: 'bytes=0-1' } }, { extraHeaders: [['range', 'bytes=5-']] })
    expect(Object.fromEntries(transport.sent[0]?.headers ?? [])).toEqual({
      accept: 'request',
      authorization: 'session',
      range: 'bytes=5-',
    })
  })

  it('goes past every cache when it asks for a range', async () => {
    const { transport, load, answer } = chain()
    answer({})
    await load({ url, cachePolicy: 'reload' })
    await load({ url, cachePolicy: 'reload' }, { fresh: true })
    expect(transport.sent.map((request) => request.cache)).toEqual(['reload', 'no-store'])
  })

  it('has the request’s credentials mode, else the session’s', async () => {
    const { transport, load, answer } = chain({ credentials: 'include' })
    answer({})
    await load()
    await load({ url, credentials: 'omit' })
    expect(transport.sent.map((request) => request.credentials)).toEqual(['include', 'omit'])
  })
})

describe('redirects that can be seen', () => {
  it('are followed and counted, the bodies on the way given up', async () => {
    const { transport, load, answer } = chain()
    answer(to('/one'), to('https://b.test/two', 307), { headers: { etag: '"x"' } })
    const exchange = await load()
    expect([exchange.url, exchange.status, exchange.redirectCount]).toEqual(['https://b.test/two', 200, 2])
    expect(transport.sent.map((request) => [request.url, request.redirect])).toEqual([
      [url, 'manual'],
      ['https://a.test/one', 'manual'],
      ['https://b.test/two', 'manual'],
    ])
  })

  it('end after 20', async () => {
    const { transport, load, answer } = chain()
    answer(to('/again'))
    await expect(load()).rejects.toMatchObject({ code: 'httpTooManyRedirects', retryable: false })
    expect(transport.sent).toHaveLength(21)
  })

  it('to plain http are refused before a byte goes there', async () => {
    const { transport, load, answer } = chain()
    answer(to('http://b.test/'))
    await expect(load()).rejects.toMatchObject({
      code: 'appTransportSecurityRequiresSecureConnection',
      url: 'http://b.test/',
    })
    expect(transport.sent).toHaveLength(1)
  })

  it('are refused where the session refuses them', async () => {
    const { transport, load, answer } = chain({ redirect: 'refuse' })
    answer(to('/other'))
    await expect(load()).rejects.toMatchObject({ code: 'badServerResponse', status: 302, retryable: false })
    expect(transport.sent).toHaveLength(1)
  })

  it('to another origin are refused where only the same one is allowed', async () => {
    const { load, answer } = chain({ redirect: 'same-origin' })
    answer(to('/other'), to('https://b.test/'))
    await expect(load()).rejects.toMatchObject({
      code: 'badServerResponse',
      message: expect.stringContaining('another origin') as string,
    })
    answer({})
    expect((await load()).redirectCount).toBe(0)
  })

  it('without a Location are the answer', async () => {
    const { load, answer } = chain()
    answer({ status: 302 })
    expect((await load()).status).toBe(302)
  })
})

describe('redirects that cannot be seen', () => {
  it('are the platform’s, and none are asked for where they are refused', async () => {
    for (const [redirect, asked] of [
      ['follow', 'follow'],
      ['same-origin', 'follow'],
      ['refuse', 'error'],
    ] as const) {
      const { transport, load, answer } = chain({ redirect }, 'final-only')
      answer({})
      await load()
      expect(transport.sent[0]?.redirect).toBe(asked)
    }
  })

  it('that led elsewhere are refused afterwards, where only the same origin is allowed or https is demanded', async () => {
    const near = chain({ redirect: 'same-origin' }, 'final-only')
    near.answer({ url: 'https://b.test/file' })
    await expect(near.load()).rejects.toMatchObject({ code: 'badServerResponse' })
    const open = chain({}, 'final-only')
    open.answer({ url: 'http://b.test/file' })
    await expect(open.load()).rejects.toMatchObject({ code: 'appTransportSecurityRequiresSecureConnection' })
  })
})

describe('failures', () => {
  it('come through as the transport told them', async () => {
    const { transport, load } = chain()
    const loading = load()
    const request = await transport.next()
    request.fail('cannotFindHost')
    await expect(loading).rejects.toMatchObject({ code: 'cannotFindHost', url })
  })

  it('plain http is refused before anything is sent', async () => {
    const { transport, load } = chain()
    await expect(load({ url: 'http://host.test/' })).rejects.toMatchObject({ number: -1022 })
    expect(transport.sent).toEqual([])
  })
})
