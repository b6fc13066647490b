/** A POST whose fate nobody knows is not sent again, whatever carried it and however patient its session is. The server counts. */
import type { URLError, URLSession } from 'urlsession'
import { afterEach, describe, expect, it } from 'vitest'
import { desertedURL, inNode, makeSession, origin, quick, rejection, serve } from '../support/session.ts'

const ways: [string, (session: URLSession, url: string) => Promise<unknown>][] = [
  ['a request', (session, url) => session.data({ url, method: 'POST', body: 'order' })],
  ['a fetch', (session, url) => session.fetch(url, { method: 'POST', body: 'order' })],
  ['a download', (session, url) => session.download({ url, method: 'POST', body: 'order' })],
  ['an upload', (session, url) => session.upload({ url, method: 'POST' }, 'order')],
]

// Inline, so that what is said to the page of its network is said to the engine as well.
const patient = { ...quick, waitsForConnectivity: true, engine: { placement: 'inline' } } as const

/** An answer that is none. A browser itself sends a request again whose kept connection is reset, so that nothing could be counted there. */
const broken = inNode ? ({ beforeHead: 'reset' } as const) : ({ malformed: 'status-line' } as const)

const setOnline = (value: boolean): unknown =>
  Object.defineProperty(navigator, 'onLine', { value, configurable: true, writable: true })

afterEach(() => {
  if (!inNode) Reflect.deleteProperty(navigator, 'onLine')
})

describe.each(ways)('%s', (way, post) => {
  it('whose answer breaks has failed, though its session waits for a network', async () => {
    const file = await serve('broken.bin', { size: 10 })
    await file.nextResponses([broken])
    const error = (await rejection(post(makeSession(patient), file.url))) as URLError
    expect(error.message).toMatch(/networkConnectionLost|opaqueNetworkFailure/)
    expect(await file.requests({ method: 'POST' })).toHaveLength(1)
  })

  it.runIf(inNode)('that was answered with a redirect to nobody has failed there', async () => {
    const to = await desertedURL()
    for (const status of [303, 307]) {
      const file = await serve('answered.bin', { size: 10, redirect: { status, to } })
      const error = (await rejection(post(makeSession(patient), file.url))) as URLError & { cause?: URLError }
      const failed = error.name === 'TypeError' ? error.cause : error
      expect(failed).toMatchObject({ code: 'cannotConnectToHost', url: to, attempts: 1 })
      expect(await file.requests({ method: 'POST' })).toHaveLength(1)
    }
  })

  it.runIf(!inNode).each([true, false])(
    'that is under way when the network goes has failed (waitsForConnectivity: %s)',
    async (waitsForConnectivity) => {
      const file = await serve('offline.bin', { size: 10 })
      await file.nextResponses([{ beforeHead: 'stall', ...broken }])
      const failed = rejection(post(makeSession({ ...patient, waitsForConnectivity }), file.url))
      await origin.when({ file: file.name, method: 'POST' })
      setOnline(false)
      await file.releaseStalls()
      const error = (await failed) as URLError
      expect(error.message).toMatch(/notConnectedToInternet|networkConnectionLost/)
      expect(await file.requests({ method: 'POST' })).toHaveLength(1)
    },
  )

  // An upload shows what has left, and here some of it has.
  it.runIf(!inNode && way !== 'an upload')('that finds no network is sent when there is one', async () => {
    const file = await serve('later.bin', { size: 10 })
    // As good as no network: nothing comes of it.
    await file.nextResponses([broken])
    setOnline(false)
    const isWaitingForConnectivity = (): void => {
      setOnline(true)
      dispatchEvent(new Event('online'))
    }
    await post(makeSession(patient, { isWaitingForConnectivity }), file.url)
    expect(await file.requests({ method: 'POST' })).toHaveLength(2)
  })
})
