/** Networks that a session may not use: its requests and transfers fail before they are sent, or wait for another. */
import {
  SessionConfiguration,
  URLError,
  type ConfigurationOptions,
  type NetworkAccess,
  type NetworkStatus,
} from 'urlsession'
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import {
  breakAt,
  bytesOf,
  inNode,
  makeSession,
  origin,
  quick,
  rangesOf,
  reached,
  rejection,
  serve,
  unique,
  until,
} from '../support/session.ts'

const cellular: ConfigurationOptions = {
  networkAccess: { cellular: false },
  networkStatus: () => ({ cellular: true }),
  // Would keep a test for minutes if what may not be sent were tried again.
  retry: { attempts: 10, baseDelay: 60_000, maximumDelay: 60_000 },
}

describe('a network that may not be used', () => {
  it.each([
    ['cellular', { cellular: true, expensive: true, constrained: true }],
    ['expensive', { expensive: true, constrained: true }],
    ['expensive', { cellular: true }],
    ['constrained', { constrained: true }],
  ] as const)('fails a request before it is sent, and says that it is %s', async (reason, status) => {
    const file = await serve('unsent.bin', { size: 10 })
    const session = makeSession({
      networkAccess: { [reason]: false, constrained: false },
      networkStatus: () => status,
    })
    const error = await rejection(session.data(file.url))
    expect(error).toBeInstanceOf(URLError)
    expect(error).toMatchObject({
      code: 'notConnectedToInternet',
      number: -1009,
      networkUnavailableReason: reason,
      retryable: false,
      message: expect.stringMatching(/cellular|expensive|saves data/),
    })
    expect(await file.requests()).toEqual([])
  })

  it('fails a download at once, and names the reason', async () => {
    const file = await serve('unsent-file.bin', { size: 10 })
    const error = await rejection(makeSession(cellular).download(file.url))
    expect(error).toMatchObject({ code: 'notConnectedToInternet', networkUnavailableReason: 'cellular' })
    expect(await file.requests()).toEqual([])
  })

  it('fails session.fetch as a network that is not there does', async () => {
    const { url } = await serve('unsent-fetch.bin', { size: 10 })
    const error = await rejection(makeSession(cellular).fetch(url))
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ cause: { networkUnavailableReason: 'cellular' } })
  })

  it.each(['data', 'download'] as const)('is waited out where the session waits: %s', async (how) => {
    const file = await serve('patient.bin', { size: 100 })
    const statuses: NetworkStatus[] = [{ cellular: true }, { cellular: true }, { cellular: false }]
    const waited: unknown[] = []
    const session = makeSession(
      {
        networkAccess: { cellular: false },
        networkStatus: () => statuses.shift() ?? {},
        waitsForConnectivity: true,
        retry: { baseDelay: 5, maximumDelay: 20 },
      },
      { isWaitingForConnectivity: (task) => void waited.push(task.kind) },
    )
    const promise = how === 'data' ? session.data(file.url) : session.download(file.url)
    await until(promise.task, () => promise.task.waitingFor === 'connectivity')
    expect((await promise).response.status).toBe(200)
    expect(waited).toEqual([how])
    expect(await file.requests()).toHaveLength(1)
    expect(statuses).toEqual([])
  })

  it('ends a download that breaks off and may not go on there, with what has arrived', async () => {
    const file = await serve('moved.bin', { size: 300_000, seed: 12 })
    await file.nextResponses([{ stallAfter: 100_000 }])
    let status: NetworkStatus = {}
    const session = makeSession({ networkAccess: { cellular: false }, networkStatus: () => status, ...quick })
    const task = session.downloadTask(file.url).resume()
    await reached(task, 100_000)
    status = { cellular: true }
    await breakAt(task, file, 100_000)
    const error = (await rejection(task.finished)) as URLError
    expect(error).toMatchObject({ networkUnavailableReason: 'cellular', bytesTransferred: 100_000 })
    status = {}
    const resumeData = error.resumeData ?? expect.fail('nothing to go on with')
    const { file: whole } = await session.download(resumeData)
    expect(await bytesOf(await whole.blob())).toEqual(contentAt(12, 0, 300_000))
    expect(await rangesOf(file)).toEqual([null, 'bytes=100000-'])
  })

  it('is no concern of what is read where it is', async () => {
    const { data } = await makeSession(cellular).data('data:,here')
    expect(new TextDecoder().decode(data)).toBe('here')
  })
})

describe('what the network is', () => {
  it('is not asked where every network may be used', async () => {
    let asked = 0
    const session = makeSession({ networkStatus: () => ({ cellular: ++asked > 0 }) })
    await session.data((await serve('any.bin', { size: 1 })).url)
    expect(asked).toBe(0)
  })

  it('may be known only later, or not at all: then it may be used', async () => {
    const { url } = await serve('later.bin', { size: 1 })
    const session = (networkStatus: () => NetworkStatus | Promise<NetworkStatus>) =>
      makeSession({ networkAccess: { cellular: false, expensive: false, constrained: false }, networkStatus })
    expect((await session(async () => ({ cellular: false })).data(url)).response.status).toBe(200)
    expect((await session(() => ({})).data(url)).response.status).toBe(200)
    expect(await rejection(session(async () => ({ constrained: true })).data(url))).toMatchObject({
      networkUnavailableReason: 'constrained',
    })
  })

  it('that nobody can say because that threw fails the request', async () => {
    const cause = new RangeError('no modem')
    const session = makeSession({
      networkAccess: { cellular: false },
      networkStatus() {
        throw cause
      },
    })
    const { url } = await serve('thrown.bin', { size: 1 })
    expect(await rejection(session.data(url))).toMatchObject({ code: 'delegateFailed', cause })
  })
})

describe('a discretionary session', () => {
  it('in the background uses only networks that cost nothing, and waits for them', async () => {
    const file = await serve('discreet.bin', { size: 1000 })
    let status: NetworkStatus = { expensive: true }
    const session = makeSession(
      SessionConfiguration.background(unique('discreet'), {
        discretionary: true,
        networkStatus: () => status,
        retry: { baseDelay: 5, maximumDelay: 20 },
      }),
    )
    const task = session.downloadTask(file.url).resume()
    await until(task, () => task.waitingFor === 'connectivity')
    expect(await file.requests()).toEqual([])
    status = {}
    const { file: downloaded } = await task.finished
    expect(await bytesOf(await downloaded.blob())).toHaveLength(1000)
  })

  it('of another kind is as if it were not', async () => {
    const session = makeSession({ discretionary: true, networkStatus: () => ({ expensive: true }) })
    expect((await session.data(`${origin.url}/echo`)).response.status).toBe(200)
  })
})

describe.skipIf(inNode)('a browser that tells of its network', () => {
  /** As in Chromium on a phone. */
  class Connection extends EventTarget {
    type = 'cellular'
    saveData = false

    change(to: Partial<Pick<Connection, 'type' | 'saveData'>>): void {
      Object.assign(this, to)
      this.dispatchEvent(new Event('change'))
    }
  }

  async function on(connection: Connection, test: () => Promise<void>): Promise<void> {
    Object.defineProperty(navigator, 'connection', { value: connection, configurable: true })
    try {
      await test()
    } finally {
      Reflect.deleteProperty(navigator, 'connection')
    }
  }

  it('is believed', () =>
    on(new Connection(), async () => {
      const { url } = await serve('phone.bin', { size: 1 })
      const reasonOf = async (networkAccess: NetworkAccess): Promise<unknown> =>
        ((await rejection(makeSession({ networkAccess }).data(url))) as URLError).networkUnavailableReason
      expect(await reasonOf({ cellular: false })).toBe('cellular')
      expect(await reasonOf({ expensive: false })).toBe('expensive')
      expect((await makeSession({ networkAccess: { constrained: false } }).data(url)).response.status).toBe(200)
    }))

  it.each(['data', 'download'] as const)('wakes who waits when the network is another: %s', async (how) => {
    const connection = new Connection()
    await on(connection, async () => {
      const { url } = await serve('changed.bin', { size: 1 })
      const session = makeSession({
        networkAccess: { cellular: false, constrained: false },
        waitsForConnectivity: true,
        // Without the sign it would be a minute.
        retry: { baseDelay: 600_000, maximumDelay: 600_000 },
      })
      const promise = how === 'data' ? session.data(url) : session.download(url)
      await until(promise.task, () => promise.task.waitingFor === 'connectivity')
      connection.change({ type: 'wifi', saveData: true })
      await until(promise.task, () => promise.task.waitingFor !== 'connectivity')
      await until(promise.task, () => promise.task.waitingFor === 'connectivity')
      connection.change({ saveData: false })
      expect((await promise).response.status).toBe(200)
    })
  })
})
