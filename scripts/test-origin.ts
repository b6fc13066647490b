/**
 * Owns the servers every test run shares: two fault-injecting origins, so that a test has "the same" and "another" one.
 * Tests read their addresses with `inject('origin')` and `inject('otherOrigin')` and steer them with `remoteOrigin(url)`. A POST to
 * `/__private` of the first starts one more, for a test that restarts its origin or lets it refuse connections.
 */
import type { TestProject } from 'vitest/node'
import { type Exchange, type Origin, type OriginOptions, startOrigin } from '../packages/testing/src/origin/index.ts'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started: Promise<Origin>[] = []
  const start = (options: OriginOptions = {}): Promise<Origin> => {
    const origin = startOrigin(options)
    started.push(origin)
    return origin
  }
  const startPrivate = async (exchange: Exchange): Promise<void> => {
    const { url } = await start()
    exchange.head(200, [
      ['Content-Type', 'text/plain'],
      ['Access-Control-Allow-Origin', '*'],
    ])
    exchange.response.end(url)
  }
  const [origin, other] = await Promise.all([start({ routes: { '/__private': startPrivate } }), start()])
  project.provide('origin', origin.url)
  project.provide('otherOrigin', other.url)
  return async () => void (await Promise.all(started.map(async (one) => (await one).stop())))
}
