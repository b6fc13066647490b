/** What a delegate hears, and may change, just before a request is sent. */
import type { URLRequest } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { bytesOf, inNode, makeSession, node, quick, rejection, serve } from '../support/session.ts'
import { echoOf, echoURL } from './support/data.ts'

const soon = (): Date => new Date(Date.now() + 50)

describe('a request that was put off', () => {
  it('is sent as the delegate wants it, of data tasks and downloads alike, and asked about once', async () => {
    const other = await serve('other.bin', { size: 2000 })
    const asked: string[] = []
    const session = makeSession(
      {},
      {
        willBeginDelayedRequest: (task, { url }) => {
          asked.push(task.kind)
          return task.kind === 'data' ? { url, headers: { 'x-late': 'yes' } } : { url: other.url }
        },
      },
    )
    const begun = Date.now()
    const earliestBeginDate = soon()
    const echo = await echoOf(session.data(echoURL, { earliestBeginDate }))
    expect(echo.headers).toMatchObject({ 'x-late': 'yes' })
    expect(Date.now()).toBeGreaterThanOrEqual(begun + 40)
    const first = await serve('first.bin', { size: 1000 })
    const { file } = await session.download(first.url, { earliestBeginDate: soon() })
    expect((await bytesOf(await file.blob())).length).toBe(2000)
    expect(await first.requests()).toEqual([])
    await session.data(echoURL)
    expect(asked).toEqual(['data', 'download'])
  })

  it('is sent as the delegate wants it each time: after a 503, and for the rest of a body', async () => {
    const { url } = await serve('first.bin', { size: 10 })
    for (const kind of ['data', 'download', 'upload'] as const) {
      const other = await serve('other.bin', { size: 200_000, seed: 5 })
      await other.nextResponses([{ status: 503 }, ...(kind === 'upload' ? [] : [{ resetAfter: 100_000 }])])
      let asked = 0
      const willBeginDelayedRequest = (): URLRequest => {
        asked += 1
        return { url: other.url, headers: { 'x-late': 'yes' } }
      }
      const session = makeSession(quick, { willBeginDelayedRequest })
      const late = { earliestBeginDate: soon() }
      if (kind === 'upload') await session.upload({ url, method: 'PUT' }, new Blob(['all']), late)
      else {
        const bytes =
          kind === 'data'
            ? (await session.data(url, late)).data
            : await bytesOf(await (await session.download(url, late)).file.blob())
        expect(bytes).toEqual(contentAt(5, 0, 200_000))
      }
      const sent = (await other.requests()).filter(({ method }) => method !== 'OPTIONS')
      expect([asked, sent.length]).toEqual([1, kind === 'upload' ? 2 : 3])
      expect(sent.every(({ headers }) => headers['x-late'] === 'yes')).toBe(true)
      if (kind !== 'upload') expect(sent[2]?.headers['range']).toMatch(/^bytes=[1-9]/)
    }
  })

  it('is not sent when the delegate cancels it', async () => {
    const file = await serve('unwanted.bin', { size: 10 })
    const session = makeSession({}, { willBeginDelayedRequest: () => 'cancel' as const })
    const late = { earliestBeginDate: soon() }
    expect(await rejection(session.data(file.url, late))).toMatchObject({ code: 'cancelled' })
    expect(await rejection(session.download(file.url, late))).toMatchObject({ code: 'cancelled' })
    expect(await file.requests()).toEqual([])
  })
})

describe.runIf(inNode)('an answer before the answer', () => {
  it('is told in order', async () => {
    const { createServer } = (node as NonNullable<typeof node>)('node:http')
    const server = createServer((_request, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' }, () => response.end('done'))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const heard: unknown[] = []
    const session = makeSession(
      {},
      {
        didReceiveInformationalResponse: (_task, status, headers) => void heard.push([status, headers.get('link')]),
        didComplete: () => void heard.push('complete'),
      },
    )
    await session.data(`http://127.0.0.1:${port}/`)
    server.close()
    server.closeAllConnections()
    expect(heard).toEqual([[103, '</a.css>; rel=preload'], 'complete'])
  })
})
