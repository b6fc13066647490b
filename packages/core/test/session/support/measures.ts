/**
 * Owns how the rows of `session.capabilities` are measured: by doing what they speak of and looking at what came of it. What is the same
 * everywhere is here; the tests of each platform add what only they can see, and write down what was found (`found`).
 */
import { SessionConfiguration, URLError, type CapabilityValues, type ConfigurationOptions } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { makeSession, origin, reached, serve, unique } from '../../support/session.ts'
import { echoOf, textOf } from './data.ts'

export type Measures = { readonly [name in keyof CapabilityValues]: () => Promise<CapabilityValues[name]> }

/** What `docs/capabilities.md` is made of, a file for each platform. */
export type Found = { readonly [name in keyof CapabilityValues]: { readonly value: unknown; readonly reason: string } }

/** Something to find again in whatever store it went to. */
export const TRACE: Uint8Array<ArrayBuffer> = contentAt(4711, 0, 50_000)

/** Who is asked at each redirect decides about each; who is asked at none only sees the end. */
async function redirects(): Promise<'each-hop' | 'final-only'> {
  const hops: string[] = []
  const session = makeSession(undefined, {
    willPerformRedirection: (_task, _response, next) => {
      hops.push(next.url)
      return next
    },
  })
  expect((await session.data(`${origin.url}/redirect/2`)).response.url).toBe(`${origin.url}/echo`)
  return hops.length === 2 ? 'each-hop' : 'final-only'
}

/** What an upload tells between the first and the last byte of a body. */
async function uploadProgress(): Promise<'bytes' | 'coarse'> {
  // Far more than goes at once, to a server that takes its time to read it.
  const body = new Blob([new Uint8Array(32 << 20)])
  const task = makeSession().uploadTask(`${origin.url}/sink?after=1000`, body)
  const seen = new Set<number>()
  task.subscribe(() => void seen.add(task.progress.upload.completed))
  await task.resume().finished
  return [...seen].some((bytes) => bytes > 0 && bytes < body.size) ? 'bytes' : 'coarse'
}

/** What is sent by way of a proxy arrives there whole, with the address of its host. */
async function proxy(): Promise<boolean> {
  const url = 'http://proxied.invalid/echo'
  try {
    const session = makeSession({ proxy: origin.url, transportSecurity: { allowsArbitraryLoads: true } })
    return (await echoOf(session.data(url))).headers['host'] === 'proxied.invalid'
  } catch (error) {
    expect(error).toMatchObject({ code: 'unsupportedByPlatform' })
    return false
  }
}

/** A ping without a message of ours, answered by a server that was never told to. */
async function pingFrames(): Promise<boolean> {
  const task = makeSession()
    .webSocketTask(origin.socket({ echo: false }))
    .resume()
  try {
    return (await task.ping()).roundTrip > 0
  } catch (error) {
    expect(error).toMatchObject({ code: 'unsupportedByPlatform' })
    return false
  }
}

/** A header of ours, as the server got the handshake. */
async function socketHeaders(): Promise<boolean> {
  const name = unique('handshake')
  await makeSession()
    .webSocketTask({ url: origin.socket({}, name), headers: { 'x-ours': 'sent' } })
    .resume()
    .send('hello')
  const [handshake] = await origin.journal({ url: name })
  return handshake?.headers['x-ours'] === 'sent'
}

/** Far more than an inbox has room for, and nothing of it lost. */
async function socketPauses(): Promise<boolean> {
  const burst = { count: 40, size: 1 << 20 }
  const inbox = { limit: 1, whenFull: 'wait' } as const
  const task = makeSession().webSocketTask(origin.socket({ burst }), { inbox }).resume()
  try {
    for (let index = 0; index < burst.count; index++) expect((await task.receive())[0]).toBe(index)
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'unsupportedByPlatform' })
    return false
  }
}

/** Two sessions of the same identifier, as two tabs have them, and the connections that their server sees. */
async function sharedSockets(): Promise<boolean> {
  const [identifier, name] = [unique('tabs'), unique('shared')]
  const open = async (): Promise<void> => {
    const session = makeSession(SessionConfiguration.background(identifier))
    const url = origin.socket({ echo: false }, name)
    await session.webSocketTask(url, { shared: 'it', reconnect: true }).resume().send('here')
  }
  try {
    await open()
    await open()
  } catch (error) {
    expect(error).toMatchObject({ code: 'unsupportedByPlatform' })
    return false
  }
  return (await origin.journal({ url: name })).length === 1
}

export const sharedMeasures = {
  redirects,
  uploadProgress,
  proxy,
  pingFrames,
  socketHeaders,
  socketPauses,
  sharedSockets,
  rawSockets: async () => missing('streamTask'),
} satisfies Partial<Measures>

/** False for what a session has no call for. One that comes to have it needs a measure of its own. */
function missing(call: string): false {
  expect(makeSession(), `a session has ${call}: measure what it can do`).not.toHaveProperty(call)
  return false
}

/** A body that is made while it is sent, in pieces that nobody could have gathered before the request began. */
export async function sendsStreams(url: string, options: ConfigurationOptions = {}): Promise<boolean> {
  let pulled = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled += 1
      if (pulled > 3) controller.close()
      else controller.enqueue(new TextEncoder().encode(`piece ${pulled};`))
    },
  })
  try {
    const { data } = await makeSession(options).data({ url, method: 'POST', body })
    return textOf({ data }).includes('piece 1;piece 2;piece 3;')
  } catch (error) {
    expect(URLError.is(error)).toBe(true)
    return false
  }
}

/**
 * Whether a cookie that one session was given is sent by another.
 * @param at The origin's address, under which cookies can be had.
 */
export async function cookieOwner(at: string, options: ConfigurationOptions): Promise<'session' | 'browser'> {
  const crumb = `crumb${Math.random().toString(36).slice(2)}`
  const file = await serve('cookies.bin', { size: 1, cors: 'credentials' })
  const url = file.url.replace(origin.url, at)
  const [given, other] = [SessionConfiguration.ephemeral(options), SessionConfiguration.ephemeral(options)].map(
    (configuration) => makeSession(configuration),
  )
  // Where it may not be read the cookie is kept all the same.
  await given?.data(`${at}/set-cookie?${crumb}=1`).catch(() => {})
  for (const session of [given, other]) await session?.data({ url, cachePolicy: 'no-store' })
  const sent = (await file.requests()).map(({ headers }) => headers['cookie']?.includes(crumb) ?? false)
  expect(sent[0], 'a cookie comes back').toBe(true)
  return sent[1] ? 'browser' : 'session'
}

/** A download that has half its bytes and gets no more, while something is looked at. */
export async function whileLoading<T>(look: () => Promise<T>): Promise<T> {
  const file = await serve('half.bin', { size: 200_000, stallAfter: 100_000 })
  const task = makeSession().downloadTask(file.url).resume()
  await reached(task, 100_000)
  return look()
}

/** A download of `TRACE` that has been stored, while something is looked at. */
export async function withTrace<T>(options: ConfigurationOptions, look: () => Promise<T>): Promise<T> {
  const file = await serve('trace.bin', { size: TRACE.length, seed: 4711 })
  await makeSession(options).download(file.url)
  return look()
}

/** Tests of every row, and what was found, for the document. */
export function measured(measures: Measures): { found: () => Promise<Found> } {
  const results = new Map<string, Promise<unknown>>()
  const result = (name: keyof CapabilityValues): Promise<unknown> => {
    const known = results.get(name) ?? measures[name]()
    results.set(name, known)
    return known
  }
  const names = Object.keys(measures) as (keyof CapabilityValues)[]

  describe('what a session says that it can do here', () => {
    it.each(names)('is what it can do: %s', async (name) => {
      expect(makeSession().capabilities[name]).toBe(await result(name))
    })

    it('has no row that is not measured', () => {
      const { reasons } = makeSession().capabilities
      expect(names.toSorted()).toEqual(Object.keys(reasons).toSorted())
    })
  })

  return {
    async found() {
      const said = makeSession().capabilities
      const rows = names.toSorted().map(async (name) => {
        const value = await result(name)
        // Nothing goes into the document that was only said, or only found.
        expect(said[name], name).toBe(value)
        return [name, { value, reason: said.reasons[name] }]
      })
      return Object.fromEntries(await Promise.all(rows)) as Found
    },
  }
}
