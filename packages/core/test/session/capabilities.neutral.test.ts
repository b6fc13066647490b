/** What a session says of its platform, before anything is tried. */
import { describe, expect, it } from 'vitest'
import { inNode, makeSession, serve } from '../support/session.ts'

describe('capabilities', () => {
  it('tell what can be done, each with a reason, before anything was started', () => {
    const { reasons, ...rows } = makeSession().capabilities
    expect(Object.keys(reasons).toSorted()).toEqual(Object.keys(rows).toSorted())
    for (const reason of Object.values(reasons)) expect(reason).toMatch(/^\S.{10,}/)
    expect(rows).toMatchObject(
      inNode
        ? { redirects: 'each-hop', cookies: 'session', fileStore: 'disk', engine: 'inline', survivesRestart: true }
        : { redirects: 'final-only', cookies: 'browser', fileStore: 'opfs', engine: 'worker', survivesRestart: true },
    )
  })

  it('tell what was found to be so, once the engine runs', async () => {
    const session = makeSession()
    await session.download((await serve('proof.bin', { size: 10 })).url)
    expect(session.capabilities.fileStore).toBe(inNode ? 'disk' : 'opfs')
    expect(session.capabilities.engine).toBe(inNode ? 'inline' : 'worker')
  })

  it('cannot be changed', () => {
    const { capabilities } = makeSession()
    expect(Reflect.set(capabilities, 'proxy', 'mine')).toBe(false)
    expect(Reflect.set(capabilities.reasons, 'proxy', 'mine')).toBe(false)
  })

  it.skipIf(inNode)('tell where the engine runs when that was asked for', async () => {
    const session = makeSession({ engine: { placement: 'inline' } })
    const { file } = await session.download((await serve('inline.bin', { size: 300_000 })).url)
    expect(session.capabilities).toMatchObject({ engine: 'inline', fileStore: 'indexeddb' })
    expect((await file.blob()).size).toBe(300_000)
  })
})
