/** maximumSize: by the length that is told, and by the bytes that come. */
import { serveContent } from '../../../../testing/src/fakes/served-content.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { describe, expect, it } from 'vitest'
import { Life } from '../support/engine-life.ts'

const refused = { code: 'dataLengthExceedsMaximum', resumeData: null }

describe('a file larger than allowed', () => {
  it('is refused by its length, before a byte is read', async () => {
    const life = await Life.begin()
    const uid = await life.start({ maximumSize: 999 })
    const body = (await life.platform.transport.next()).respond({ headers: { 'content-length': '1000', etag: '"v1"' } })
    const error = await life.failed(uid)
    expect(error).toMatchObject({
      ...refused,
      message: expect.stringContaining('1000 bytes, and 999 bytes are allowed') as string,
    })
    expect([body.delivered, body.cancelled, life.files]).toEqual([0, true, []])
  })

  it('is refused by its bytes where no length is told, and nothing is left', async () => {
    const life = await Life.begin()
    const uid = await life.start({ maximumSize: 999 })
    const body = (await life.platform.transport.next()).respond({ headers: { etag: '"v1"' } })
    for (let at = 0; at < 1200; at += 300) body.push(contentAt(1, at, 300))
    expect(await life.failed(uid)).toMatchObject({
      ...refused,
      message: expect.stringContaining('more than 999 bytes are allowed') as string,
    })
    expect([body.cancelled, life.files]).toEqual([true, []])
    await life.engine.settle(uid, false)
    expect(life.keys).toEqual([])
  })

  it('is refused by the total of a part, after the file grew', async () => {
    const life = await Life.begin({ settings: { retry: { baseDelay: 1 } } })
    const content = { size: 900, piece: 100, failAfter: 300 as number | undefined, etag: '"v1"' }
    life.platform.transport.answerWith((request, index) => {
      if (index === 1) Object.assign(content, { size: 1200, etag: '"v2"', failAfter: undefined })
      return serveContent(content as never)(request, index)
    })
    expect(await life.failed(await life.start({ maximumSize: 1000 }))).toMatchObject(refused)
    expect(life.files).toEqual([])
  })

  it('of just the size allowed is taken, and one of nothing is', async () => {
    const life = await Life.begin()
    for (const size of [1000, 0]) {
      life.platform.transport.answerWith(serveContent({ size }))
      expect((await life.finished(await life.start({ maximumSize: size }))).size).toBe(size)
    }
  })

  it('is refused for resume data too, whose limit goes on', async () => {
    const life = await Life.begin()
    const uid = await life.start({ maximumSize: 1000 })
    const body = (await life.platform.transport.next()).respond({ headers: { etag: '"v1"' } })
    body.push(contentAt(1, 0, 600))
    await life.platform.clock.advance(0)
    const resumeData = await life.cancelled(uid)
    life.platform.transport.answerWith(serveContent({ size: 5000 }))
    const next = await life.start({ resumeData })
    expect(await life.failed(next)).toMatchObject(refused)
  })
})
