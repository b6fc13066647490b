/** What tasks cost, as far as each platform shows it: exchange by exchange in Node, the last one with its redirects in a browser. */
import type { TaskMetrics } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { inNode, makeSession, origin, otherOrigin, serve, unique } from '../support/session.ts'

const kinds = ['data', 'download'] as const
const credentials = { didReceiveChallenge: () => ({ use: { user: 'ada', password: 's3cret' } }) }
const basic = (): string => `/basic/ada/s3cret?${unique('x')}`

function metricsOf(task: { readonly metrics: TaskMetrics | null }): TaskMetrics {
  return task.metrics ?? expect.fail('there are no metrics')
}

describe.each(kinds)('the metrics of a %s', (kind) => {
  it('have a transaction for each answer that can be seen, a redirect and a challenge too', async () => {
    const url = `${origin.url}${basic()}`
    const from = await serve('moved', { size: 0, redirect: { to: url } })
    const promise = makeSession({}, credentials)[kind](from.url)
    await promise
    const { transactions, redirectCount, start, end } = metricsOf(promise.task)
    const shown = inNode ? [302, 401, 200] : [401, 200]
    expect(transactions.map(({ status }) => status)).toEqual(shown)
    expect(transactions.map((one) => one.url)).toEqual(inNode ? [from.url, url, url] : [url, url])
    expect(redirectCount).toBe(1)
    const moments = transactions.flatMap((one) => [one.start, one.end])
    expect([start, ...moments, end]).toEqual([start, ...moments, end].toSorted((a, b) => a - b))
    expect(promise.task.error).toBe(null)
  })

  it('tell the phases of each exchange, in their order', async () => {
    const url = `${origin.url}${basic()}`
    const promise = makeSession({}, credentials)[kind](url)
    await promise
    const { transactions } = metricsOf(promise.task)
    expect(transactions).toHaveLength(2)
    for (const { timings, start, end } of transactions) {
      // A browser's worker looks at nothing but the bytes.
      if (!inNode && kind === 'download') {
        expect(timings).toBe(null)
        continue
      }
      if (!timings) return expect.fail('there are no timings')
      const moments = [timings.fetchStart, timings.requestStart, timings.responseStart, timings.responseEnd]
      const known = moments.filter((at) => at !== null)
      // What a browser shows is of another origin: with no Timing-Allow-Origin that is the beginning and the end.
      expect(known.length).toBeGreaterThanOrEqual(inNode ? 3 : 1)
      expect(known).toEqual(known.toSorted((a, b) => a - b))
      // Clocks are rounded.
      expect(timings.fetchStart).toBeGreaterThanOrEqual(start - 5)
      expect(timings.fetchStart).toBeLessThanOrEqual(end + 5)
    }
  })

  it('say of a connection what is known, and not what is hidden', async () => {
    const file = await serve('timed.bin', { size: 1000 })
    const session = makeSession()
    await session[kind](file.url)
    const promise = session[kind](file.url)
    await promise
    const { timings } = metricsOf(promise.task).transactions[0] ?? {}
    if (inNode) expect(timings).toMatchObject({ reusedConnection: true, proxyConnection: false, protocol: 'http/1.1' })
    else if (kind === 'data')
      expect(timings).toMatchObject({ reusedConnection: null, proxyConnection: null, remoteAddress: null })
  })
})

it('metrics count one attempt however many exchanges it took', async () => {
  const from = await serve('moved', { size: 0, redirect: { to: `${otherOrigin.url}/status/503` } })
  const promise = makeSession({ retry: { attempts: 2, baseDelay: 1, maximumDelay: 1 } }).data(from.url)
  expect((await promise).response.status).toBe(503)
  const { transactions } = metricsOf(promise.task)
  expect(transactions.map(({ status }) => status)).toEqual(inNode ? [302, 503, 302, 503] : [503, 503])
})
