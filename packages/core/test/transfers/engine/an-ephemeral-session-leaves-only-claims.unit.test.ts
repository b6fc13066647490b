/** Nothing an ephemeral session loaded is on disk by name or address; its files go with it. */
import { serveContent } from '../../../../testing/src/fakes/served-content.ts'
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { describe, expect, it } from 'vitest'
import { Life } from '../support/engine-life.ts'

describe('an ephemeral session', () => {
  it('downloads as any other, and stores nothing but the claim on its file', async () => {
    const life = await Life.begin({ kind: 'ephemeral' })
    life.platform.transport.answerWith(serveContent({ size: 1000, seed: 4 }))
    const uid = await life.start({ request: { url: 'https://secret.test/private' } })
    const file = await life.finished(uid)
    expect(await life.bytes(file)).toEqual(contentAt(4, 0, 1000))
    expect([...life.disk.records]).toEqual([
      [`default/claim/${uid}`, { v: 1, kind: 'claim', uid, owner: life.hello.owner }],
    ])
  })

  it('removes all its files when it ends, kept ones too', async () => {
    const life = await Life.begin({ kind: 'ephemeral' })
    life.platform.transport.answerWith(serveContent({ size: 1000 }))
    const kept = await life.start()
    await life.engine.keep(await life.finished(kept), 'mine')
    await life.engine.settle(kept, false)
    const loose = await life.start()
    await life.finished(loose)
    await life.engine.settle(loose, true)
    expect(life.files).toHaveLength(2)
    await life.engine.close()
    expect(life.files).toEqual([])
    expect(life.keys.filter((key) => !key.includes('/claim/'))).toEqual([])
  })

  it('sweeps what nobody names, and nothing of the living', async () => {
    const other = await Life.begin({ kind: 'default' })
    const uid = await other.start()
    ;(await other.platform.transport.next()).respond({ headers: { etag: '"v1"' } }).push(new Uint8Array(100))
    await settle()
    other.disk.files.set('orphan-001', other.disk.files.get(uid)?.copy() as never)
    const life = await Life.begin({ kind: 'ephemeral', disk: other.disk })
    expect(life.files).toEqual([uid])
  })

  it('that died is swept by the next other session, not while it lives', async () => {
    const life = await Life.begin({ kind: 'ephemeral' })
    const uid = await life.start()
    ;(await life.platform.transport.next()).respond({ headers: { etag: '"v1"' } }).push(new Uint8Array(100))
    await settle()
    const neighbour = await Life.begin({ kind: 'default', disk: life.disk })
    expect([neighbour.files, neighbour.keys]).toEqual([[uid], [`default/claim/${uid}`]])
    life.die()
    const next = await Life.begin({ kind: 'default', disk: life.disk })
    expect([next.files, next.keys]).toEqual([[], []])
  })

  it('takes up its own resume data while it lives', async () => {
    const life = await Life.begin({ kind: 'ephemeral' })
    const uid = await life.start()
    ;(await life.platform.transport.next())
      .respond({ headers: { etag: '"v1"', 'content-length': '1000' } })
      .push(contentAt(1, 0, 300))
    await settle()
    const resumeData = await life.cancelled(uid)
    expect(resumeData?.received).toBe(300)
    expect(life.keys).toEqual([`default/claim/${uid}`])
    life.platform.transport.answerWith(serveContent({ size: 1000, etag: '"v1"', lastModified: null }))
    expect(await life.bytes(await life.finished(await life.start({ resumeData })))).toEqual(contentAt(1, 0, 1000))
    expect(life.platform.transport.sent.at(-1)?.headers.get('range')).toBe('bytes=300-')
  })
})
