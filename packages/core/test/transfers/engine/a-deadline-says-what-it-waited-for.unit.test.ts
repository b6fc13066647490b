/** timeout.resource: whoever waited so long for a host is told why it could not be reached. */
import { describe, expect, it } from 'vitest'
import { URLError } from '../../../src/model/url-error.ts'
import { Life } from '../support/engine-life.ts'

const settings = { timeout: { resource: 60_000 }, retry: { baseDelay: 30_000, maximumDelay: 30_000 } }
const keptAway = new URLError('opaqueNetworkFailure', {
  why: 'it is another origin, whose CORS headers do not allow this',
  phase: 'connect',
  opaque: true,
  candidates: ['cannotFindHost', 'cannotConnectToHost'],
})

describe('a task that took too long', () => {
  it('says what its last attempt failed with', async () => {
    const life = await Life.begin({ settings })
    const uid = await life.start()
    ;(await life.platform.transport.next()).fail(keptAway)
    await life.platform.clock.advance(1)
    expect(life.told('waiting', uid).at(-1)?.for).toBe('connectivity')
    expect(life.told('warning', uid)[0]?.warning.message).toMatch(/CORS/)
    await life.platform.clock.advance(60_000)
    const error = await life.failed(uid)
    expect(error).toMatchObject({
      code: 'timedOut',
      retryable: false,
      opaque: true,
      candidates: ['cannotFindHost', 'cannotConnectToHost'],
    })
    expect(error.message).toMatch(/timeout\.resource.*CORS/)
  })

  it('blames no failure that an answer came after', async () => {
    const life = await Life.begin({ settings })
    const uid = await life.start()
    ;(await life.platform.transport.next()).fail(keptAway)
    await life.platform.clock.advance(30_000)
    ;(await life.platform.transport.next()).respond({ headers: { 'content-length': '10', etag: '"v1"' } })
    await life.platform.clock.advance(30_000)
    const error = await life.failed(uid)
    expect(error).toMatchObject({ code: 'timedOut', opaque: false, candidates: [] })
    expect(error.message).not.toMatch(/CORS/)
  })
})
