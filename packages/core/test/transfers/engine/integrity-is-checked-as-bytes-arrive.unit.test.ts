/** A digest that does not match leaves no file; its state goes through checkpoints and is not computed again. */
import { serveContent } from '../../../../testing/src/fakes/served-content.ts'
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { describe, expect, it } from 'vitest'
import type { DownloadRecord } from '../../../src/storage/records.ts'
import { URLError } from '../../../src/model/url-error.ts'
import { Life } from '../support/engine-life.ts'
import { integrityOf, tally } from '../support/integrity.ts'

const SIZE = 300_000
const bytes = contentAt(3, 0, SIZE)
const good = await integrityOf(bytes)
const bad = await integrityOf(new Uint8Array(5))

/** A life that dies when 200,000 bytes are there and recorded, with what it left. */
async function halfway(tallied = tally()): Promise<Life> {
  const life = await Life.begin({ digest: tallied.digest })
  await life.start({ integrity: good.integrity, uid: 'halfway-1' })
  const body = (await life.platform.transport.next()).respond({
    headers: { etag: '"v1"', 'content-length': String(SIZE) },
  })
  body.push(bytes.subarray(0, 200_000))
  await settle()
  await life.engine.flush()
  life.die()
  return life
}

const rest = { size: SIZE, seed: 3, etag: '"v1"', lastModified: null }

describe('integrity', () => {
  it('that matches is told with the file', async () => {
    const life = await Life.begin()
    life.platform.transport.answerWith(serveContent({ size: SIZE, seed: 3 }))
    const file = await life.finished(await life.start({ integrity: good.integrity }))
    expect(file.digest).toBe(good.text)
  })

  it('may name several digests, of which one is enough', async () => {
    const life = await Life.begin()
    life.platform.transport.answerWith(serveContent({ size: SIZE, seed: 3 }))
    const digests = [...bad.integrity.digests, ...good.integrity.digests]
    expect((await life.finished(await life.start({ integrity: { algorithm: 'sha256', digests } }))).digest).toBe(
      good.text,
    )
  })

  it('that does not match leaves no file and no resume data, and says both digests', async () => {
    const life = await Life.begin()
    life.platform.transport.answerWith(serveContent({ size: SIZE, seed: 4 }))
    const uid = await life.start({ integrity: good.integrity })
    const error = await life.failed(uid)
    const served = await integrityOf(contentAt(4, 0, SIZE))
    expect(error).toMatchObject({
      code: 'fileIntegrityMismatch',
      resumeData: null,
      bytesTransferred: SIZE,
      retryable: false,
    })
    expect(error.message).toContain(`expected ${good.text}, computed ${served.text}`)
    expect(life.files).toEqual([])
    await life.engine.settle(uid, false)
    expect(life.keys).toEqual([])
  })

  it('goes on from the state in the checkpoint, and reads nothing again', async () => {
    const { disk } = await halfway()
    const second = tally()
    const life = await Life.begin({ disk, digest: second.digest })
    life.platform.transport.answerWith(serveContent(rest))
    expect((await life.finished('halfway-1')).digest).toBe(good.text)
    expect([second.fed, second.restored]).toEqual([SIZE - 200_000, 1])
  })

  it.each<[string, (record: DownloadRecord) => void]>([
    ['is missing', (record) => void (record.digest = null)],
    ['is damaged', (record) => void (record.digest = { at: 200_000, state: new Uint8Array(3) })],
    [
      'is of more bytes than are there',
      (record) => void (record.digest = { at: 250_000, state: record.digest?.state ?? new Uint8Array() }),
    ],
  ])('is computed again from the file when the state %s', async (_what, damage) => {
    const { disk } = await halfway()
    damage(disk.records.get('background.test/task/halfway-1') as DownloadRecord)
    const second = tally()
    const life = await Life.begin({ disk, digest: second.digest })
    life.platform.transport.answerWith(serveContent(rest))
    expect((await life.finished('halfway-1')).digest).toBe(good.text)
    expect(second.fed).toBe(SIZE)
  })

  it('is computed again by an implementation that cannot tell its state', async () => {
    const { disk } = await halfway(tally({ saves: false }))
    const second = tally()
    const life = await Life.begin({ disk, digest: second.digest })
    life.platform.transport.answerWith(serveContent(rest))
    await life.finished('halfway-1')
    expect([second.fed, second.restored]).toEqual([SIZE, 0])
  })

  it('starts anew with a changed file', async () => {
    const { disk } = await halfway()
    const changed = await integrityOf(contentAt(9, 0, 1000))
    ;(disk.records.get('background.test/task/halfway-1') as DownloadRecord).integrity = changed.integrity
    const life = await Life.begin({ disk })
    life.platform.transport.answerWith(serveContent({ size: 1000, seed: 9, etag: '"v2"' }))
    expect((await life.finished('halfway-1')).digest).toBe(changed.text)
  })

  it('goes along with resume data', async () => {
    const { disk } = await halfway()
    const life = await Life.begin({ disk })
    await settle()
    const resumeData = await life.cancelled('halfway-1')
    life.platform.transport.answerWith(serveContent({ ...rest, seed: 4 }))
    expect(await life.failed(await life.start({ resumeData }))).toMatchObject({ code: 'fileIntegrityMismatch' })
  })

  it('that cannot be computed here fails the task and keeps what is there', async () => {
    const life = await Life.begin({
      digest: async () => {
        throw new URLError('unsupportedByPlatform', { phase: 'setup', why: 'no digest here' })
      },
    })
    const uid = await life.start({ integrity: good.integrity })
    expect(await life.failed(uid)).toMatchObject({ code: 'unsupportedByPlatform' })
    expect(life.platform.transport.sent).toEqual([])
  })
})
