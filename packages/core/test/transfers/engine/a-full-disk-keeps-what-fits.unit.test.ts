/** noSpaceLeft: seen before the start, met in the middle, and gone on from once there is room. */
import { FakeDisk } from '../../../../testing/src/fakes/fake-disk.ts'
import { serveContent } from '../../../../testing/src/fakes/served-content.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { describe, expect, it } from 'vitest'
import { Life } from '../support/engine-life.ts'
import { overclaims } from '../support/durable.ts'

const SIZE = 100_000
const full = { code: 'noSpaceLeft', number: -3003, phase: 'storage', retryable: false }

describe('a disk that is too small', () => {
  it('is seen before a byte is read', async () => {
    const life = await Life.begin({ disk: new FakeDisk({ quota: SIZE - 1 }) })
    const uid = await life.start()
    const body = (await life.platform.transport.next()).respond({
      headers: { 'content-length': String(SIZE), etag: '"v1"' },
    })
    const error = await life.failed(uid)
    expect(error).toMatchObject({
      ...full,
      resumeData: null,
      message: expect.stringContaining('100000 bytes are to come and 99999 can be stored') as string,
    })
    expect([body.delivered, body.cancelled, life.files]).toEqual([0, true, []])
  })

  it('that just fits is enough, the rest of a file that is half there included', async () => {
    const disk = new FakeDisk({ quota: SIZE })
    const life = await Life.begin({ disk, settings: { retry: { baseDelay: 1 } } })
    life.platform.transport.answerWith((request, index) =>
      serveContent({ size: SIZE, piece: 1000, ...(index === 0 ? { failAfter: 60_000 } : {}) })(request, index),
    )
    const uid = await life.start()
    expect((await life.finished(uid)).size).toBe(SIZE)
    expect(life.told('resumed-at', uid)).toMatchObject([{ offset: 60_000 }])
  })

  it('is enough for a changed file of the same size, whose old bytes go', async () => {
    const disk = new FakeDisk({ quota: SIZE })
    const life = await Life.begin({ disk, settings: { retry: { baseDelay: 1 } } })
    life.platform.transport.answerWith((request, index) =>
      serveContent({ size: SIZE, piece: 1000, ...(index === 0 ? { failAfter: 60_000 } : { seed: 2, etag: '"v2"' }) })(
        request,
        index,
      ),
    )
    const file = await life.finished(await life.start())
    expect(await life.bytes(file)).toEqual(contentAt(2, 0, SIZE))
  })
})

describe('a disk that fills up', () => {
  const fill = async () => {
    const disk = new FakeDisk({ quota: 60_500 })
    const life = await Life.begin({ disk })
    // No length: there is nothing to see before.
    life.platform.transport.answerWith((request, index) => {
      const answer = serveContent({ size: SIZE, piece: 1000 })(request, index)
      if (index === 0 && answer && !(answer instanceof Error)) delete answer.headers?.['content-length']
      return answer
    })
    const uid = await life.start()
    return { disk, life, uid, error: await life.failed(uid) }
  }

  it('ends the transfer with resume data for what fitted', async () => {
    const { disk, life, uid, error } = await fill()
    expect(error).toMatchObject({ ...full, bytesTransferred: 60_000 })
    expect(error.resumeData).toMatchObject({ received: 60_000, token: uid })
    expect(error.message).toContain('go on with error.resumeData')
    expect(life.record('parked', uid)).toMatchObject({ ranges: [[0, 60_000]] })
    expect(overclaims(disk)).toBeNull()
  })

  it('is gone on from after space was freed, asking for the rest only', async () => {
    const { disk, life, uid, error } = await fill()
    await life.engine.settle(uid, false)
    disk.quota = SIZE
    const next = await life.start({ resumeData: error.resumeData })
    const file = await life.finished(next)
    expect(life.platform.transport.sent.map(({ headers }) => headers.get('range'))).toEqual([null, 'bytes=60000-'])
    expect(life.told('resumed-at', next)).toMatchObject([{ offset: 60_000 }])
    expect(await life.bytes(file)).toEqual(contentAt(1, 0, SIZE))
  })

  it('stays gone on from in a later life', async () => {
    const { disk, life, uid, error } = await fill()
    await life.engine.settle(uid, false)
    life.die()
    disk.quota = SIZE
    const later = await Life.begin({ disk })
    later.platform.transport.answerWith(serveContent({ size: SIZE }))
    const file = await later.finished(await later.start({ resumeData: structuredClone(error.resumeData) }))
    expect(later.platform.transport.sent[0]?.headers.get('range')).toBe('bytes=60000-')
    expect(await later.bytes(file)).toEqual(contentAt(1, 0, SIZE))
  })
})
