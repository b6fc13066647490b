/**
 * Owns the servers every test run shares: two fault-injecting origins, so that a test has "the same" and "another" one.
 * Tests read their addresses with `inject('origin')` and `inject('otherOrigin')` and steer them with `remoteOrigin(url)`.
 */
import type { TestProject } from 'vitest/node'
import { startOrigin } from '../packages/testing/src/origin/index.ts'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [origin, other] = await Promise.all([startOrigin(), startOrigin()])
  project.provide('origin', origin.url)
  project.provide('otherOrigin', other.url)
  return async () => void (await Promise.all([origin.stop(), other.stop()]))
}
