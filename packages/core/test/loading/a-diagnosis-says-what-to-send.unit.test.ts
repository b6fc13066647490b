/** What a diagnosis makes of an answer; the network is a script. */
import { describe, expect, it } from 'vitest'
import { ScriptedTransport, type ScriptedAnswer } from '../../../testing/src/fakes/scripted-transport.ts'
import { diagnose, type DiagnoseOptions } from '../../src/loading/diagnose.ts'
import type { Diagnosis } from '../../src/model/diagnosis.ts'
import { URLError, type URLErrorCode } from '../../src/model/url-error.ts'

const url = 'https://files.example/model.bin?token=secret'
const origin = 'https://app.example'
const date = 'Thu, 01 Jan 2026 00:00:00 GMT'

interface Given extends DiagnoseOptions {
  readonly url?: string
  readonly origin?: string | null
  readonly reachable?: boolean
}

/** A page's diagnosis of a server that answers one request after another like this. */
async function diagnosed(answers: readonly (ScriptedAnswer | URLErrorCode)[], given: Given = {}) {
  const at = given.origin === undefined ? origin : given.origin
  const transport = new ScriptedTransport({ redirects: at === null ? 'each-hop' : 'final-only' })
  transport.answerWith((request, index) => {
    const answer = answers[index] ?? expect.fail(`there was a request too many: ${request.url}`)
    return typeof answer === 'string' ? new URLError(answer, { url: request.url }) : answer
  })
  const reached: string[] = []
  const reach = async (where: string): Promise<boolean> => {
    reached.push(where)
    return given.reachable ?? false
  }
  const parts = { transport, origin: at, reach: at === null ? null : reach }
  return { diagnosis: await diagnose(given.url ?? url, parts, given), sent: transport.sent, reached }
}

const cross = (headers: Record<string, string>, status = 206): ScriptedAnswer => ({
  status,
  headers,
  headersFiltered: true,
})
const all = { etag: '"1"', 'content-range': 'bytes 0-0/9', 'last-modified': date, 'content-length': '1' }
const names = ({ hidden }: Diagnosis): string[] => hidden.map(({ name }) => name)

describe('the request', () => {
  it('is one, for one byte, past the cache and without credentials or the user’s name', async () => {
    const { sent } = await diagnosed([cross(all)], { url: 'https://user:word@files.example/a#b' })
    expect(sent).toHaveLength(1)
    expect(sent[0]).toMatchObject({
      url: 'https://files.example/a',
      method: 'GET',
      cache: 'no-store',
      credentials: 'omit',
    })
    expect([...(sent[0]?.headers ?? [])]).toEqual([['range', 'bytes=0-0']])
  })

  it('loads no body', async () => {
    const transport = new ScriptedTransport()
    const result = diagnose(url, { transport, origin, reach: null })
    const body = (await transport.next()).respond({ status: 200 })
    await result
    expect(body.cancelled).toBe(true)
  })

  it('is refused for what is no http address', async () => {
    await expect(diagnosed([], { url: 'nowhere' })).rejects.toMatchObject({ code: 'badURL' })
    await expect(diagnosed([], { url: 'ftp://files.example/a' })).rejects.toMatchObject({ code: 'unsupportedURL' })
  })

  it('ends when it is aborted, with the reason of that', async () => {
    const reason = new Error('enough')
    const transport = new ScriptedTransport()
    const controller = new AbortController()
    const result = diagnose(url, { transport, origin, reach: null }, { signal: controller.signal })
    await transport.next()
    controller.abort(reason)
    await expect(result).rejects.toBe(reason)
  })
})

describe('across origins', () => {
  it('a server that shows what matters gets no advice', async () => {
    const { diagnosis } = await diagnosed([cross({ ...all, 'content-type': 'text/plain' })])
    expect(diagnosis).toEqual({
      url: 'https://files.example/model.bin?…',
      reachable: true,
      readable: true,
      crossOrigin: true,
      redirectedTo: null,
      status: 206,
      visible: ['content-length', 'content-range', 'content-type', 'etag', 'last-modified'],
      hidden: [],
      canResume: true,
      rangeSupported: true,
      preflight: 'notNeeded',
      suggestedLine: null,
      advice: [],
      failure: null,
    })
  })

  it('a server that hides everything is told the whole line', async () => {
    const { diagnosis } = await diagnosed([cross({ 'content-length': '1', 'last-modified': date })])
    expect(names(diagnosis)).toEqual([
      'ETag',
      'Content-Range',
      'Accept-Ranges',
      'Content-Encoding',
      'Content-Disposition',
    ])
    expect(diagnosis.suggestedLine).toBe(
      'Access-Control-Expose-Headers: ETag, Content-Range, Accept-Ranges, Content-Encoding, Content-Disposition',
    )
    expect(diagnosis.hidden.find(({ name }) => name === 'Content-Range')?.why).toContain('always has it')
    expect(diagnosis.hidden.find(({ name }) => name === 'ETag')?.why).toContain('hidden, or not sent')
    expect(diagnosis).toMatchObject({ canResume: true, rangeSupported: true })
    expect(diagnosis.advice.join(' ')).toContain(`it should send "${diagnosis.suggestedLine}"`)
    expect(diagnosis.advice.at(-1)).toContain('by date and length')
  })

  it('a server that hides its date, too, cannot be gone on with', async () => {
    expect((await diagnosed([cross({ 'content-length': '1' })])).diagnosis.canResume).toBe(false)
  })

  it('a line that is there already is not made shorter', async () => {
    const { diagnosis } = await diagnosed([cross({ 'x-request-id': '1', etag: '"1"' })])
    expect(diagnosis.suggestedLine).toBe(
      'Access-Control-Expose-Headers: Content-Range, Accept-Ranges, Content-Encoding, Content-Disposition, ETag, X-Request-Id',
    )
  })

  it('what a 401 and a 503 hide is what matters with them', async () => {
    expect(names((await diagnosed([cross({}, 401)])).diagnosis)).toEqual(['WWW-Authenticate'])
    expect(names((await diagnosed([cross({}, 503)])).diagnosis)).toEqual(['Retry-After'])
    expect(names((await diagnosed([cross({}, 404)])).diagnosis)).toEqual([])
  })

  it('a server that refuses to be read is told which line allows it, whether or not it is there at all', async () => {
    const refused = await diagnosed(['opaqueNetworkFailure'], { reachable: true })
    expect(refused.reached).toEqual([url])
    expect(refused.diagnosis).toMatchObject({
      reachable: true,
      readable: false,
      status: null,
      failure: 'opaqueNetworkFailure',
    })
    expect(refused.diagnosis.advice.join()).toContain('"Access-Control-Allow-Origin: https://app.example"')
    const dead = await diagnosed(['opaqueNetworkFailure'])
    expect(dead.diagnosis).toMatchObject({ reachable: false, readable: false, preflight: 'unknown' })
    expect(dead.diagnosis.advice.join()).toContain('Nobody answered at files.example')
  })

  it('credentials need a line more, and no star', async () => {
    const { diagnosis } = await diagnosed(['opaqueNetworkFailure'], { reachable: true, credentials: 'include' })
    expect(diagnosis.advice.join()).toContain('Access-Control-Allow-Credentials: true')
  })

  it('http under an https page is called what it is', async () => {
    const { diagnosis } = await diagnosed(['opaqueNetworkFailure'], { url: 'http://files.example/a' })
    expect(diagnosis.advice).toEqual([expect.stringContaining('ask for https://files.example')])
  })

  it('no secret of the address is in any of it', async () => {
    for (const answer of ['opaqueNetworkFailure', cross({})] as const)
      expect(JSON.stringify((await diagnosed([answer])).diagnosis)).not.toContain('secret')
  })
})

describe('headers of the caller’s own', () => {
  const headers = { Authorization: 'Bearer x', Accept: 'text/plain', 'Content-Type': 'text/plain', Range: 'bytes=5-' }

  it('that need permission are asked for in a second request', async () => {
    const { diagnosis, sent } = await diagnosed([cross(all), cross(all)], { headers })
    expect(sent.map((request) => [request.headers.get('authorization'), request.headers.get('range')])).toEqual([
      [null, 'bytes=0-0'],
      ['Bearer x', 'bytes=0-0'],
    ])
    expect(diagnosis).toMatchObject({ preflight: 'allowed', advice: [] })
  })

  it('that are refused are named', async () => {
    const { diagnosis } = await diagnosed([cross(all), 'opaqueNetworkFailure'], {
      headers: { ...headers, 'x-own': '1' },
    })
    expect(diagnosis).toMatchObject({ preflight: 'refused', readable: true, failure: null })
    expect(diagnosis.advice.join()).toContain('"Access-Control-Allow-Headers: Authorization, X-Own"')
  })

  it('need none on the same origin, nor where there is no page', async () => {
    for (const at of ['https://files.example', null]) {
      const { diagnosis, sent } = await diagnosed([{ status: 206, headers: all }], { headers, origin: at })
      expect([diagnosis.preflight, sent.length, sent[0]?.headers.get('authorization')]).toEqual([
        'notNeeded',
        1,
        'Bearer x',
      ])
    }
  })

  it('of a type that forms do not have need it', async () => {
    const { sent } = await diagnosed([cross(all), cross(all)], { headers: { 'Content-Type': 'application/json' } })
    expect(sent).toHaveLength(2)
  })
})

describe('without another origin', () => {
  it('nothing is hidden, however little there is', async () => {
    const { diagnosis } = await diagnosed([{ status: 206, headers: { etag: '"1"' } }], { origin: null })
    expect(diagnosis).toMatchObject({
      crossOrigin: false,
      hidden: [],
      suggestedLine: null,
      canResume: true,
      advice: [],
    })
  })

  it('redirects are followed to the answer, but not for ever', async () => {
    const hop = { status: 302, headers: { location: 'https://other.example/b?k=secret' } }
    const { diagnosis } = await diagnosed([hop, { status: 206, headers: all }], { origin: null })
    expect(diagnosis).toMatchObject({ status: 206, redirectedTo: 'https://other.example/b?…' })
    const endless = await diagnosed(
      Array.from({ length: 21 }, () => hop),
      { origin: null },
    )
    expect(endless.diagnosis).toMatchObject({ reachable: true, readable: false, failure: 'httpTooManyRedirects' })
  })

  it.each<[string, ScriptedAnswer, Partial<Diagnosis>, RegExp]>([
    ['the whole file', { status: 200, headers: all }, { rangeSupported: false, canResume: false }, /honour Range/],
    ['a weak ETag', { status: 206, headers: { etag: 'W/"1"' } }, { canResume: false }, /ETag is weak/],
    ['no validator', { status: 206, headers: {} }, { canResume: false }, /neither ETag nor Last-Modified/],
    [
      'a compressed part',
      { status: 206, headers: { ...all, 'content-encoding': 'gzip' } },
      { canResume: false },
      /compressed/,
    ],
    ['an empty file', { status: 416, headers: all }, { rangeSupported: true, canResume: false }, /^$/],
    ['an error', { status: 404, headers: {} }, { rangeSupported: null, canResume: false }, /status 404/],
  ])('%s is judged for what it is', async (_name, answer, facts, advice) => {
    const { diagnosis } = await diagnosed([answer], { origin: null })
    expect(diagnosis).toMatchObject(facts)
    expect(diagnosis.advice.join(' ')).toMatch(advice)
    expect(diagnosis.advice.length).toBeLessThan(2)
  })

  it('a server that is not there is a diagnosis, not an error', async () => {
    const { diagnosis } = await diagnosed(['cannotFindHost'], { origin: null })
    expect(diagnosis).toMatchObject({ reachable: false, failure: 'cannotFindHost' })
    expect(diagnosis.advice).toEqual([expect.stringContaining('(cannotFindHost)')])
  })

  it('a server with a certificate that nobody vouches for is there', async () => {
    const { diagnosis } = await diagnosed(['secureConnectionFailed'], { origin: null })
    expect(diagnosis).toMatchObject({ reachable: true, readable: false })
    expect(diagnosis.advice).toEqual([expect.stringContaining('(secureConnectionFailed)')])
  })
})
