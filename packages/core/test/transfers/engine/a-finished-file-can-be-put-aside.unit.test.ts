/** park: a file that is there whole but was not taken becomes resume data, which costs no request to use. */
import { serveContent } from '../../../../testing/src/fakes/served-content.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { describe, expect, it } from 'vitest'
import { Life } from '../support/engine-life.ts'

const SIZE = 5000
const whole = contentAt(1, 0, SIZE)

async function finished(
  content: Partial<Parameters<typeof serveContent>[0]> = {},
): Promise<{ life: Life; uid: string }> {
  const life = await Life.begin()
  life.platform.transport.answerWith(serveContent({ size: SIZE, ...content }))
  const uid = await life.start()
  await life.finished(uid)
  return { life, uid }
}

describe('a finished file', () => {
  it('put aside outlives its task, and is had again without a request', async () => {
    const { life, uid } = await finished()
    const resumeData = await life.engine.park(uid)
    expect(resumeData).toMatchObject({ received: SIZE, total: SIZE, token: uid })
    await life.engine.settle(uid, false)
    expect([life.keys, life.files]).toEqual([[`background.test/parked/${uid}`], [uid]])
    life.die()
    const next = await Life.begin({ disk: life.disk })
    expect(await next.bytes(await next.finished(await next.start({ resumeData })))).toEqual(whole)
    expect(next.platform.transport.sent).toEqual([])
  })

  it('that could not be gone on with, or is kept, or is nowhere, is not put aside', async () => {
    const { life, uid } = await finished({ etag: null, lastModified: null })
    expect(await life.engine.park(uid)).toBeNull()
    expect(await life.engine.park('unknown-1')).toBeNull()
    const other = await finished()
    await other.life.engine.keep(await other.life.finished(other.uid), 'mine')
    expect(await other.life.engine.park(other.uid)).toBeNull()
  })

  it('is put aside by a cancel that came too late to stop it', async () => {
    const { life, uid } = await finished()
    expect(await life.engine.cancel(uid, true)).toMatchObject({ received: SIZE, token: uid })
    const other = await finished()
    expect(await other.life.engine.cancel(other.uid, false)).toBeNull()
  })

  it('that was put aside and used already stays with who uses it, and is not put aside twice', async () => {
    const { life, uid } = await finished()
    const resumeData = await life.engine.park(uid)
    const next = await life.start({ resumeData })
    expect(await life.engine.park(uid)).toBeNull()
    await life.engine.settle(uid, false)
    expect(await life.bytes(await life.finished(next))).toEqual(whole)
  })

  it('of an unfinished task is none', async () => {
    const life = await Life.begin()
    expect(await life.engine.park(await life.start())).toBeNull()
  })
})

describe('a host that answers one transfer', () => {
  it('wakes the others that wait for it, and none that wait for another', async () => {
    const life = await Life.begin({ settings: { retry: { baseDelay: 30_000 } } })
    const { transport, clock } = life.platform
    for (const url of ['https://a.test/1', 'https://a.test/2', 'https://b.test/1'])
      await life.start({ request: { url } })
    for (let task = 0; task < 3; task++) (await transport.next()).fail('cannotConnectToHost')
    await clock.advance(0)
    expect(transport.waiting).toBe(0)
    await life.start({ request: { url: 'https://a.test/3' } })
    ;(await transport.next()).answer({ headers: { 'content-length': '0' } })
    await clock.advance(0)
    const asked = [(await transport.next()).url, (await transport.next()).url]
    expect(asked.toSorted()).toEqual(['https://a.test/1', 'https://a.test/2'])
    expect(transport.waiting).toBe(0)
  })
})
