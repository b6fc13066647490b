/** Whatever way in is taken, what cannot be sent is told by one typed error, and no request leaves. */
import type { ConfigurationOptions, RequestLike, URLSession, URLRequest } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { inNode, makeSession, origin, rejection, serve, unique } from '../support/session.ts'
import { echoURL } from './support/data.ts'

/** Each way in, to its end. */
const WAYS: Record<string, (session: URLSession, request: RequestLike) => Promise<unknown>> = {
  data: async (session, request) => session.data(request),
  json: async (session, request) => session.json(request),
  bytes: async (session, request) => session.bytes(request),
  lines: async (session, request) => session.lines(request).next(),
  events: async (session, request) => session.events(request).next(),
  dataTask: async (session, request) => session.dataTask(request).resume().finished,
  download: async (session, request) => session.download(request),
  upload: async (session, request) => session.upload(request, 'body'),
  async fetch(session, given) {
    const { url, ...init } = given as URLRequest
    return session.fetch(url, init)
  },
}

const other = (url: string): { url: string; method: string } => ({ url, method: 'POST' })

const BAD: [what: string, request: (path: string) => URLRequest, wanted: object | typeof TypeError][] = [
  [
    'GET with a body',
    (path) => ({ url: origin.url + path, method: 'GET', body: 'x' }),
    { code: 'dataLengthExceedsMaximum' },
  ],
  ['CR and LF in a header', (path) => ({ ...other(origin.url + path), headers: { x: 'a\r\nb: c' } }), TypeError],
  ['LF in a header’s name', (path) => ({ ...other(origin.url + path), headers: { 'a\nb': 'c' } }), TypeError],
  ['an unknown scheme', (path) => other(`ssh://127.0.0.1${path}`), { code: 'unsupportedURL' }],
  ['port 999999', (path) => other(`http://127.0.0.1:999999${path}`), { code: 'badURL' }],
  ['CONNECT', (path) => ({ url: origin.url + path, method: 'CONNECT' }), TypeError],
  ['TRACE', (path) => ({ url: origin.url + path, method: 'trace' }), TypeError],
]

const asked = async (path: string): Promise<unknown[]> =>
  (await origin.journal()).filter(({ url }) => url.startsWith(path))

describe.each(Object.entries(WAYS))('by %s', (way, go) => {
  it.each(BAD)('%s', async (_what, request, wanted) => {
    const path = `/echo?${unique('bad')}`
    const attempt = async (): Promise<unknown> => go(makeSession(), request(path))
    const error = await rejection(attempt())
    if (way === 'fetch') expect(error).toBeInstanceOf(TypeError)
    else if (wanted === TypeError) expect(error).toBeInstanceOf(TypeError)
    if (wanted !== TypeError) expect(way === 'fetch' ? (error as Error).cause : error).toMatchObject(wanted)
    expect(await asked(path)).toEqual([])
  })

  it.each<[string, unknown]>([
    ...(way === 'upload' ? [] : [['maximumSize', 'much'] as [string, unknown]]),
    ...(way === 'upload' || way === 'download' ? [] : [['idempotencyKey', 7] as [string, unknown]]),
    ...(way === 'fetch' ? [] : [['priority', 'high'] as [string, unknown]]),
    ['description', 7],
    ['earliestBeginDate', 'tomorrow'],
    ['delegate', 'me'],
    ['signal', {}],
  ])('an option of the wrong type: %s', async (name, value) => {
    const path = `/echo?${unique('bad')}`
    const options = { [name]: value } as object
    const session = makeSession()
    const request = other(origin.url + path)
    const calls: Record<string, () => unknown> = {
      lines: () => session.lines(request, options).next(),
      events: () => session.events(request, options).next(),
      upload: () => session.upload(request, 'body', options),
      fetch: () => session.fetch(request.url, { ...request, ...options }),
    }
    const call = calls[way] ?? (() => session[way as 'data'](request, options))
    const error = await rejection((async () => call())())
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ message: expect.stringContaining(`"${name}"`) })
    expect(await asked(path)).toEqual([])
  })
})

describe('an adapter that answers with', () => {
  const path = `/echo?${unique('adapted')}`
  const answers: [what: string, answer: unknown, code: string][] = [
    ['CR and LF', { url: origin.url + path, headers: { x: 'a\r\nb: c' } }, 'delegateFailed'],
    ['CONNECT', { url: origin.url + path, method: 'CONNECT' }, 'delegateFailed'],
    ['a body for GET', { url: origin.url + path, method: 'GET', body: 'x' }, 'dataLengthExceedsMaximum'],
    ['port 999999', { url: 'http://127.0.0.1:999999/' }, 'badURL'],
    ['an unknown scheme', { url: 'ssh://127.0.0.1/' }, 'unsupportedURL'],
    ['a number', 7, 'delegateFailed'],
  ]
  it.each(answers)('%s sends nothing', async (_what, answer, code) => {
    const options: ConfigurationOptions = { adapters: [{ adapt: () => answer as URLRequest }] }
    const session = makeSession(options)
    expect(await rejection(session.data(echoURL))).toMatchObject({ code })
    expect(await rejection(session.download(echoURL))).toMatchObject({ code })
    expect(await rejection(session.upload(other(echoURL), 'body'))).toMatchObject({
      code: code === 'dataLengthExceedsMaximum' ? expect.any(String) : code,
    })
    expect(await rejection(session.fetch(echoURL))).toMatchObject({ name: 'TypeError', cause: { code } })
    expect(await asked(path)).toEqual([])
  })
})

it('port 0 is no other port', async () => {
  const session = makeSession()
  const wanted = inNode
    ? { code: 'cannotConnectToHost', attempts: 1, message: expect.stringContaining('port 0') }
    : { code: 'opaqueNetworkFailure' }
  expect(await rejection(session.data('http://127.0.0.1:0/'))).toMatchObject(wanted)
  expect(await rejection(session.data('https://127.0.0.1:0/'))).toMatchObject(wanted)
})

describe('a redirect to', () => {
  it.each<[string, string]>([
    ['an unknown scheme', 'ssh://127.0.0.1/x'],
    ['port 999999', 'http://127.0.0.1:999999/x'],
    ['a script', 'javascript:alert(1)'],
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:text/plain,hello'],
    // Chromium takes it for no address at all.
    ...(inNode ? [['itself', ''] as [string, string]] : []),
    ['what is no URL', 'http://[::1'],
  ])('%s is one typed error', async (_what, to) => {
    const file = await serve('moved.bin', { size: 1, redirect: { to } })
    const session = makeSession({ retry: { attempts: 1 } })
    const wrong = to === '' ? 'httpTooManyRedirects' : 'redirectToNonExistentLocation'
    // A browser hides why, and what counts an upload's bytes hides more.
    const code = inNode ? wrong : 'opaqueNetworkFailure'
    const ofUpload = inNode ? { code } : { opaque: true }
    expect(await rejection(session.data(file.url))).toMatchObject({ code })
    expect(await rejection(session.download(file.url))).toMatchObject({ code })
    expect(await rejection(session.upload(other(file.url), 'body'))).toMatchObject(ofUpload)
    expect(await rejection(session.fetch(file.url))).toMatchObject({ name: 'TypeError', cause: { code } })
  })
})
