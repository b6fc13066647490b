/** How often a data task's request is sent, how long it waits, and what ends it: by a clock in the test's hand. */
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../testing/src/fakes/fake-clock.ts'
import { FixedChance } from '../../../testing/src/fakes/fixed-chance.ts'
import { ManualConnectivity } from '../../../testing/src/fakes/manual-connectivity.ts'
import { ScriptedTransport, type ScriptedAnswer } from '../../../testing/src/fakes/scripted-transport.ts'
import { settle } from '../../../testing/src/fakes/turns.ts'
import { DataLane } from '../../src/loading/data-lane.ts'
import type { DataLoad, DataLoadOptions } from '../../src/loading/data-load.ts'
import { nextHop } from '../../src/loading/redirects.ts'
import { SessionConfiguration, type ConfigurationOptions } from '../../src/model/configuration.ts'
import { normalizeRequest, type URLRequest } from '../../src/model/request.ts'
import { URLError } from '../../src/model/url-error.ts'
import type { WireRequest } from '../../src/ports/transport.ts'

const url = 'https://a.test/file'

function lane(options: ConfigurationOptions = {}, transport = new ScriptedTransport()) {
  const clock = new FakeClock()
  const connectivity = new ManualConnectivity()
  const configuration = SessionConfiguration.default({ retry: { baseDelay: 1000, maximumDelay: 8000 }, ...options })
  const { settings } = configuration
  const authentication = {
    loadDigest: () => Promise.reject(new Error('no digest here')),
    withLock: <T>(_name: string, work: () => Promise<T>): Promise<T> => work(),
    openVault: () => Promise.reject(new Error('no vault here')),
  }
  const platform = { transport, clock, connectivity, chance: new FixedChance([0.5]), authentication }
  const sockets = (): Promise<never> => Promise.reject(new Error('no sockets here'))
  const data = new DataLane(
    {
      ...platform,
      sockets,
      nextHop,
      protocols: [],
      builtIn: [],
      origin: null,
      reach: null,
      dropped: () => [],
      networkStatus: () => ({}),
    },
    configuration,
  )
  const heard: unknown[] = []
  let loads = 0
  const load = (request: Partial<URLRequest> = {}, more: Partial<DataLoadOptions> = {}): DataLoad =>
    data.load(
      normalizeRequest({ url, ...request }, () => null),
      {
        uid: `load-${++loads}`,
        created: clock.now(),
        priority: () => 0.5,
        beginAt: () => null,
        retry: settings.dataRetry,
        idempotencyKey: null,
        questions: {},
        onWaiting: (what, until) => void heard.push(until === null ? what : [what, until - clock.now()]),
        onWaitsForConnectivity: () => void heard.push('waits for connectivity'),
        onSent: () => {},
        onRetrying: (_why, delay) => void heard.push(['retrying', delay]),
        onLate: () => {},
        ...more,
      },
    )
  /** Answers requests one after another, the last one for good. */
  const answer = (...answers: (ScriptedAnswer | Error)[]): void =>
    void transport.answerWith((_request, index) => answers[Math.min(index, answers.length - 1)] ?? {})
  const statuses = (one: DataLoad, error: URLError | null = null): unknown[] =>
    one
      .end(error)()
      .transactions.map(({ status, error: code }) => code ?? status)
  return { transport, clock, connectivity, heard, load, answer, statuses, settings }
}

const singly = { attempts: 1, baseDelay: 1, maximumDelay: 1 }
const browser = (): ScriptedTransport => new ScriptedTransport({ redirects: 'final-only' })

function form(size: number): FormData {
  const made = new FormData()
  made.set('name', 'value')
  made.set('file', new Blob([new Uint8Array(size)]))
  return made
}

const lost = (): URLError => new URLError('networkConnectionLost', { url, phase: 'response' })
const unreachable = (): URLError => new URLError('cannotConnectToHost', { url, phase: 'connect' })
const refused = async (work: Promise<unknown>): Promise<URLError> =>
  work.then(
    () => expect.fail('it worked'),
    (error: unknown) => error as URLError,
  )

describe('a request is tried again', () => {
  it('where its method does no more twice than once, three times in all, ever later', async () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']) {
      const { load, answer, clock, heard, statuses } = lane()
      answer({ status: 503 })
      const one = load({ method })
      expect((await clock.until(one.head())).status).toBe(503)
      expect(heard.filter((what) => Array.isArray(what) && what[0] === 'retrying')).toEqual([
        ['retrying', 500],
        ['retrying', 1000],
      ])
      expect(statuses(one)).toEqual([503, 503, 503])
    }
  })

  it('not where it may have done something: POST and PATCH, unless a key makes them one', async () => {
    for (const method of ['POST', 'PATCH', 'PURGE']) {
      const { load, answer, clock, statuses, transport } = lane()
      answer(lost())
      const once = load({ method, ...(method === 'PURGE' ? {} : { body: 'x' }) })
      const error = await refused(clock.until(once.head()))
      expect(error).toMatchObject({ code: 'networkConnectionLost' })
      expect(once.attempts).toBe(1)
      expect(statuses(once, error)).toEqual(['networkConnectionLost'])
      const keyed = load({ method }, { idempotencyKey: 'the-key' })
      answer(lost(), lost(), {})
      expect((await clock.until(keyed.head())).status).toBe(200)
      expect(new Set(transport.sent.slice(1).map(({ headers }) => headers.get('idempotency-key')))).toEqual(
        new Set(['the-key']),
      )
    }
  })

  it('also a POST, where it surely never arrived, or the server says that it did nothing', async () => {
    for (const first of [unreachable(), { status: 429 }, { status: 425 }]) {
      const { load, answer, clock } = lane()
      answer(first, {})
      expect((await clock.until(load({ method: 'POST', body: 'x' }).head())).status).toBe(200)
    }
    const { load, answer, clock, transport } = lane()
    answer({ status: 503 }, {})
    expect((await clock.until(load({ method: 'POST', body: 'x' }).head())).status).toBe(503)
    expect(transport.sent).toHaveLength(1)
  })

  it.each([400, 401, 404, 409, 501, 505])('not after a %i, which would come again', async (status) => {
    const { load, answer, clock, transport } = lane()
    answer({ status })
    expect((await clock.until(load().head())).status).toBe(status)
    expect(transport.sent).toHaveLength(1)
  })

  it('not where the caller wants one attempt', async () => {
    const { load, answer, clock, transport, settings } = lane()
    answer(lost())
    await refused(clock.until(load({}, { retry: { ...settings.dataRetry, attempts: 1 } }).head()))
    expect(transport.sent).toHaveLength(1)
  })

  it('never where its body was a stream, which is gone, whatever came of the first', async () => {
    for (const options of [{}, { waitsForConnectivity: true }])
      for (const first of [unreachable(), lost(), { status: 429 }, { status: 425 }, { status: 503 }])
        for (const more of [{}, { idempotencyKey: 'the-key' }, { questions: { retry: async () => true } }]) {
          const { load, answer, clock, transport } = lane(options)
          answer(first, {})
          const head = clock.until(load({ method: 'POST', body: new ReadableStream() }, more).head())
          if (first instanceof Error) expect(await refused(head)).toMatchObject({ code: first.code })
          else expect((await head).status).toBe(first.status)
          expect(transport.sent).toHaveLength(1)
        }
  })

  it('when the server says, in seconds or by a date, and not where there is no time for that', async () => {
    for (const value of ['7', new Date(Date.UTC(2026, 0, 1, 0, 0, 7)).toUTCString()]) {
      const { load, answer, clock, heard } = lane()
      answer({ status: 429, headers: { 'retry-after': value } }, {})
      await clock.until(load().head())
      expect(heard).toContainEqual(['retrying', 7500])
    }
    const { load, answer, clock, transport } = lane({ timeout: { resource: 5000 } })
    answer({ status: 429, headers: { 'retry-after': '7' } }, {})
    expect((await clock.until(load().head())).status).toBe(429)
    expect(transport.sent).toHaveLength(1)
  })

  it('less and less often where a host is in trouble', async () => {
    const { load, answer, clock, transport } = lane()
    answer({ status: 503 })
    for (let index = 0; index < 40; index++) {
      const one = load()
      await clock.until(one.head())
      one.end(null)
    }
    // Ten are saved up; each request earns a fifth of one, and those are requests as well.
    expect(transport.sent.length - 40).toBeLessThan(10 + 40 / 2)
    answer({})
    const before = transport.sent.length
    await clock.until(load({ url: 'https://b.test/' }).head())
    expect(transport.sent).toHaveLength(before + 1)
  })

  it('as an adapter wishes, within the limits', async () => {
    const { load, answer, clock, transport } = lane()
    answer({ status: 404 })
    const wished = load({}, { questions: { retry: async () => true } })
    expect((await clock.until(wished.head())).status).toBe(404)
    expect(transport.sent).toHaveLength(3)
    await clock.until(load({}, { questions: { retry: async () => false } }).head())
    expect(transport.sent).toHaveLength(4)
  })

  it('as an adapter wishes, but not before the server does', async () => {
    const { load, answer, clock, heard } = lane()
    answer({ status: 404, headers: { 'retry-after': '7' } })
    await clock.until(load({}, { questions: { retry: async () => true } }).head())
    expect(heard.filter((what) => Array.isArray(what) && what[0] === 'retrying')).toEqual([
      ['retrying', 7500],
      ['retrying', 8000],
    ])
  })

  it('with the answers before it given up', async () => {
    const { load, transport, clock } = lane()
    const head = load().head()
    const body = (await transport.next()).respond({ status: 503 })
    await clock.advance(500)
    ;(await transport.next()).answer({})
    expect((await clock.until(head)).status).toBe(200)
    expect(body.cancelled).toBe(true)
  })
})

describe('silence', () => {
  it('ends an attempt after the request’s own timeout, else the session’s', async () => {
    for (const [request, expected] of [
      [{ timeout: 1000 }, 1000],
      [{ timeout: 60_000 }, 60_000],
      [{}, 3000],
    ] as const) {
      const { load, clock, settings } = lane({ timeout: { request: 3000 } })
      const start = clock.now()
      const error = await refused(clock.until(load(request, { retry: { ...settings.dataRetry, attempts: 1 } }).head()))
      expect(error).toMatchObject({ code: 'timedOut', number: -1001 })
      expect(clock.now() - start).toBe(expected)
    }
  })

  it('is one only without a byte: a slow body takes as long as it takes', async () => {
    const { load, transport, clock } = lane({ timeout: { request: 1000 } })
    const one = load()
    const head = one.head()
    const body = (await transport.next()).respond()
    await head
    for (let piece = 0; piece < 5; piece++) {
      const read = one.read()
      await clock.advance(900)
      body.push(new Uint8Array(10))
      expect((await read)?.byteLength).toBe(10)
    }
    const error = await refused(clock.until(one.read()))
    expect(error).toMatchObject({ code: 'timedOut', phase: 'body' })
  })

  it('is one only without an answer: redirects and challenges may take as long as their number says', async () => {
    const { load, transport, clock } = lane({ timeout: { request: 1000 } })
    const answer = async (wire: WireRequest, { status }: { status: number }): Promise<WireRequest | null> =>
      status === 401 ? wire : null
    const one = load({}, { questions: { answer } })
    const head = one.head()
    for (const [status, path] of [
      [302, '/file'],
      [401, '/one'],
      [302, '/one'],
      [200, '/two'],
    ] as const) {
      const asked = await transport.next()
      expect(new URL(asked.url).pathname).toBe(path)
      await clock.advance(900)
      asked.answer({ status, headers: { location: path === '/file' ? '/one' : '/two' } })
    }
    expect((await head).status).toBe(200)
    const late = load({}, { retry: singly })
    const failed = refused(late.head())
    ;(await transport.next()).answer({ status: 302, headers: { location: '/slow' } })
    await transport.next()
    await clock.advance(999)
    await clock.advance(1)
    // It is this hop that is silent.
    expect(await failed).toMatchObject({ code: 'timedOut', url: 'https://a.test/slow' })
  })

  it('is counted anew after the caller’s own code was asked, before the request and between its hops', async () => {
    const { load, transport, clock } = lane({ timeout: { request: 1000 } })
    const slowly = <T>(answer: T): Promise<T> => new Promise((resolve) => void clock.after(900, () => resolve(answer)))
    const one = load({}, { questions: { adapt: slowly, redirect: (_response, next) => slowly(next) }, retry: singly })
    const head = one.head()
    await settle()
    await clock.advance(900)
    const first = await transport.next()
    await clock.advance(900)
    first.answer({ status: 302, headers: { location: '/one' } })
    await settle()
    await clock.advance(900)
    await transport.next()
    // Then the server has its time, and no more of it.
    await clock.advance(999)
    const failed = refused(head)
    await clock.advance(1)
    expect(await failed).toMatchObject({ code: 'timedOut', url: 'https://a.test/one' })
    expect(transport.sent).toHaveLength(2)
  })

  it('is none while nobody reads, or it is held; and counts again when it is let', async () => {
    const { load, transport, clock } = lane({ timeout: { request: 1000 } })
    const one = load()
    const head = one.head()
    const request = await transport.next()
    one.hold()
    await clock.advance(100_000)
    const body = request.respond()
    await head
    one.unhold()
    await clock.advance(100_000)
    const read = one.read()
    await clock.advance(900)
    one.hold()
    await clock.advance(100_000)
    body.push(new Uint8Array(10))
    await settle()
    let came = false
    void read.then(() => (came = true))
    await clock.advance(100_000)
    expect(came).toBe(false)
    one.unhold()
    expect((await read)?.byteLength).toBe(10)
    const last = refused(one.read())
    await clock.advance(999)
    one.hold()
    one.unhold()
    await clock.advance(999)
    await clock.advance(1)
    expect(await last).toMatchObject({ code: 'timedOut' })
    one.end(null)
    expect(clock.pending).toEqual([])
  })

  it('is none while a large body goes out, which shows where the platform tells it', async () => {
    const { load, transport, clock } = lane({ timeout: { request: 1000 } })
    const adapt = (wire: WireRequest): WireRequest => ({ ...wire, headers: new Headers({ 'x-adapted': 'yes' }) })
    const one = load({ method: 'PUT', body: new Uint8Array(70_000) }, { questions: { adapt }, retry: singly })
    const failed = refused(one.head())
    const { request } = await transport.next()
    expect(request.headers.get('x-adapted')).toBe('yes')
    for (let piece = 0; piece < 5; piece++) {
      await clock.advance(900)
      request.onSent?.(1, 70_000)
    }
    await clock.advance(999)
    expect(request.signal.aborted).toBe(false)
    await clock.advance(1)
    expect(await failed).toMatchObject({ code: 'timedOut', phase: 'response' })
  })

  it('cannot be told from a large body that goes out where the platform shows none of it', async () => {
    const stream = (): ReadableStream => new ReadableStream()
    const large = [
      new Uint8Array(70_000),
      'x'.repeat(70_000),
      new Blob([new Uint8Array(70_000)]),
      stream(),
      form(70_000),
    ]
    for (const body of large) {
      const { load, transport, clock } = lane({ timeout: { request: 1000 } }, browser())
      const one = load({ method: 'PUT', body }, { retry: singly })
      const head = one.head()
      const pending = await transport.next()
      await clock.advance(100_000)
      pending.respond()
      expect((await head).status).toBe(200)
      // From the answer on there is something to be silent.
      expect(await refused(clock.until(one.read()))).toMatchObject({ code: 'timedOut', phase: 'body' })
    }
    const small = ['x', new Uint8Array(70), new Blob(['x']), new URLSearchParams({ a: 'b' }), form(70)]
    for (const body of small) {
      const { load, clock } = lane({ timeout: { request: 1000 } }, browser())
      const one = load({ method: 'PUT', body }, { retry: singly })
      expect(await refused(clock.until(one.head()))).toMatchObject({ code: 'timedOut', phase: 'response' })
    }
  })

  it('for all attempts and waits together ends the whole', async () => {
    const { load, answer, clock } = lane({ timeout: { resource: 1200 }, waitsForConnectivity: true })
    answer(unreachable())
    const start = clock.now()
    const error = await refused(clock.until(load().head()))
    expect(error).toMatchObject({ code: 'timedOut', retryable: false })
    expect(clock.now() - start).toBe(1200)
    const { load: other, transport, clock: time } = lane({ timeout: { resource: 1200, request: 1000 } })
    const one = other()
    const head = one.head()
    const body = (await transport.next()).respond()
    await head
    const read = (async () => {
      for (;;) await one.read()
    })()
    const told = refused(read)
    for (let piece = 0; piece < 3; piece++) {
      body.push(new Uint8Array(10))
      await time.advance(500)
    }
    expect(await told).toMatchObject({ code: 'timedOut' })
  })
})

describe('without a network', () => {
  it('a request fails at once, unless it may wait', async () => {
    const { load, answer, clock, transport } = lane()
    answer(new URLError('notConnectedToInternet', { url, phase: 'connect' }))
    const error = await refused(clock.until(load().head()))
    expect(error).toMatchObject({ code: 'notConnectedToInternet', number: -1009 })
    expect(transport.sent).toHaveLength(1)
  })

  it('it waits for one, says so once, and goes on when there is a sign of it', async () => {
    const { load, answer, clock, transport, connectivity, heard } = lane({ waitsForConnectivity: true })
    connectivity.goOffline()
    answer(unreachable(), unreachable(), unreachable(), unreachable(), { status: 503 }, {})
    const one = load()
    const head = one.head()
    await settle()
    expect(heard.at(-1)).toEqual(['connectivity', 30_000])
    for (let trial = 2; trial <= 4; trial++) {
      await clock.advance(30_000)
      expect(transport.sent).toHaveLength(trial)
    }
    connectivity.goOnline()
    // What failed without a network used none of the attempts up.
    expect((await clock.until(head)).status).toBe(200)
    expect(heard.filter((what) => what === 'waits for connectivity')).toHaveLength(1)
    expect(connectivity.listeners).toBe(0)
    expect(
      one
        .end(null)()
        .transactions.map(({ status }) => status),
    ).toEqual([null, null, null, null, 503, 200])
  })
})

describe('a POST without a network', () => {
  const patient = { waitsForConnectivity: true } as const
  const post = { method: 'POST', body: 'x' }
  const opaque = (): URLError => new URLError('opaqueNetworkFailure', { url, phase: 'connect', opaque: true })

  it('waits where it surely did not get away', async () => {
    const { load, answer, clock, transport } = lane(patient)
    answer(unreachable(), unreachable(), unreachable(), unreachable(), {})
    expect((await clock.until(load(post).head())).status).toBe(200)
    expect(transport.sent).toHaveLength(5)
  })

  it('fails where nobody knows, unless a key makes two of it one', async () => {
    const { load, answer, clock, transport } = lane(patient)
    answer(opaque())
    expect(await refused(clock.until(load(post).head()))).toMatchObject({ code: 'opaqueNetworkFailure' })
    expect(transport.sent).toHaveLength(1)
    answer({}, opaque(), opaque(), opaque(), opaque(), {})
    expect((await clock.until(load(post, { idempotencyKey: 'the-key' }).head())).status).toBe(200)
    expect(transport.sent).toHaveLength(6)
  })
})

describe('a stop', () => {
  it('ends each wait with its reason, and leaves nothing behind', async () => {
    const reason = new Error('enough')
    const { load, answer, clock, connectivity, transport } = lane({ waitsForConnectivity: true, connectionsPerHost: 1 })
    answer(unreachable())
    const blocked = [load({}, { beginAt: () => clock.now() + 1000 }), load(), load()]
    const told = blocked.map((one) => refused(one.head()))
    await settle()
    for (const one of blocked) one.stop(reason)
    expect(await Promise.all(told)).toEqual([reason, reason, reason])
    for (const one of blocked) one.end(null)
    expect([clock.pending, connectivity.listeners, transport.waiting]).toEqual([[], 0, 0])
  })

  it('while a Request’s body is read sends nothing', async () => {
    const { load, transport } = lane()
    const request = new Request(url, { method: 'PUT', body: 'content' })
    const one = load({ method: 'PUT', body: request as unknown as BodyInit })
    const head = refused(one.head())
    one.stop(new Error('enough'))
    expect((await head).message).toBe('enough')
    expect(transport.sent).toEqual([])
  })

  it.each<[string, ConfigurationOptions, Partial<DataLoadOptions>]>([
    ['a slot', { connectionsPerHost: 1 }, {}],
    ['its date', {}, { beginAt: () => Number.MAX_SAFE_INTEGER }],
  ])('while a Request’s body is read is told of no wait for %s, and ends at once', async (_what, options, more) => {
    const { load, transport, heard, clock } = lane(options)
    const read = Promise.withResolvers<Blob>()
    const request = new Request(url, { method: 'PUT', body: 'content' })
    request.blob = () => read.promise
    const one = load({ method: 'PUT', body: request as unknown as BodyInit }, more)
    const head = refused(one.head())
    const reason = new Error('enough')
    one.stop(reason)
    one.end(URLError.from(reason, 'unknown'))
    expect(await head).toBe(reason)
    read.resolve(new Blob(['content']))
    await settle()
    expect(heard).toEqual([])
    expect(transport.sent).toEqual([])
    expect(clock.pending).toEqual([])
  })

  it('takes down what was refused on its way: the connection is free', async () => {
    const { load, transport, clock } = lane({ redirect: 'refuse' })
    const one = load()
    const head = refused(one.head())
    const request = await transport.next()
    request.respond({ status: 302, headers: { location: 'ftp://a.test/' } })
    expect(await clock.until(head)).toMatchObject({ code: 'redirectToNonExistentLocation' })
    expect(request.request.signal.aborted).toBe(true)
  })
})
