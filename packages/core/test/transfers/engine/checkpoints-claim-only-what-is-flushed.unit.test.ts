/** Bytes first, record second: at no step of the disk does a record claim more than would survive a power cut. */
import { serveContent } from '../../../../testing/src/fakes/served-content.ts'
import { FakeDisk } from '../../../../testing/src/fakes/fake-disk.ts'
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { describe, expect, it } from 'vitest'
import { Life, TickingClock } from '../support/engine-life.ts'
import { overclaims } from '../support/durable.ts'

const SIZE = 1_000_000
const piece = 10_000

/** A server whose bytes take time: `pace` milliseconds a piece. */
function slowly(clock: TickingClock, pace: number, more: Partial<Parameters<typeof serveContent>[0]> = {}) {
  const serve = serveContent({ size: SIZE, piece, ...more })
  return (...[request, index]: Parameters<typeof serve>) => {
    const answer = serve(request, index)
    const content = answer && 'content' in answer ? answer.content : undefined
    if (!content) return answer
    const read = (offset: number, length: number) => {
      clock.tick(pace)
      return content.read(offset, length)
    }
    return { ...answer, content: { ...content, read } }
  }
}

function watched() {
  const disk = new FakeDisk()
  const clock = new TickingClock()
  const wrong: string[] = []
  const process = disk.process({
    beforeStep: ({ number, kind, what }) => {
      const claim = overclaims(disk)
      if (claim) wrong.push(`before step ${number} (${kind} ${what}): ${claim}`)
    },
  })
  return { disk, clock, process, wrong }
}

describe('checkpoints', () => {
  it('come about once a second, each after its flush', async () => {
    const { disk, clock, process, wrong } = watched()
    const life = await Life.begin({ disk, process, clock })
    life.platform.transport.answerWith(slowly(clock, 100))
    const uid = await life.start()
    await life.finished(uid)
    const steps = process.steps.filter(
      ({ kind, what }) => kind === 'flush' || (kind === 'set' && what.includes('/task/')),
    )
    // Ten seconds of bytes; the record is also written at the start, with the answer and at the end.
    expect(steps.filter(({ kind }) => kind === 'flush').length).toBeGreaterThanOrEqual(8)
    expect(steps.filter(({ kind }) => kind === 'flush').length).toBeLessThanOrEqual(16)
    expect(wrong).toEqual([])
  })

  it('hold over interruptions, restarts and a changed file', async () => {
    const { disk, clock, process, wrong } = watched()
    const life = await Life.begin({ disk, process, clock, settings: { retry: { baseDelay: 1 } } })
    const content = { size: SIZE, seed: 1, etag: '"v1"', piece, failAfter: 330_000 as number | undefined }
    const serve = slowly(clock, 100)
    life.platform.transport.answerWith((request, index) => {
      if (index === 2) Object.assign(content, { seed: 2, etag: '"v2"' })
      if (index === 4) content.failAfter = undefined
      return slowly(clock, 100, content as never)(request, index) ?? serve(request, index)
    })
    const uid = await life.start()
    const file = await life.finished(uid)
    expect(await life.bytes(file)).toEqual(contentAt(2, 0, SIZE))
    expect(wrong).toEqual([])
  })

  it('are made by flush, whatever the time', async () => {
    const life = await Life.begin()
    const uid = await life.start()
    const body = (await life.platform.transport.next()).respond({ headers: { etag: '"v1"', 'content-length': '1000' } })
    await settle()
    body.push(contentAt(1, 0, 400))
    await settle()
    expect(life.record('task', uid)).toMatchObject({ ranges: [] })
    await life.engine.flush()
    expect(life.record('task', uid)).toMatchObject({ ranges: [[0, 400]] })
  })

  it('claim nothing of bytes that were thrown away while they were flushed', async () => {
    const disk = new FakeDisk()
    const life = await Life.begin({ disk, settings: { retry: { baseDelay: 1 } } })
    const uid = await life.start()
    const first = (await life.platform.transport.next()).respond({
      headers: { etag: '"v1"', 'content-length': '1000' },
    })
    await settle()
    first.push(contentAt(1, 0, 400))
    await settle()
    first.fail()
    await life.platform.clock.advance(1)
    const second = await life.platform.transport.next()
    expect(second.range).toBe('bytes=400-')
    life.platform.process.hold()
    const flushing = life.engine.flush()
    await settle()
    second.respond({ headers: { etag: '"v2"', 'content-length': '1000' } })
    await settle()
    life.platform.process.goOn()
    await flushing
    await settle()
    expect(life.record('task', uid)).toMatchObject({ ranges: [], entity: { etag: '"v2"' } })
  })

  it('that cannot be flushed end the transfer, and the last good one stands', async () => {
    const disk = new FakeDisk()
    const clock = new TickingClock()
    let flushes = 0
    const process = disk.process({
      beforeStep: ({ kind }) => (kind === 'flush' && ++flushes > 3 ? new Error('the disk is broken') : null),
    })
    const life = await Life.begin({ disk, process, clock })
    life.platform.transport.answerWith(slowly(clock, 100))
    const uid = await life.start()
    const error = await life.failed(uid)
    expect(error).toMatchObject({ code: 'cannotWriteToFile', phase: 'storage' })
    expect(error.resumeData?.received).toBeGreaterThan(0)
    expect(error.resumeData?.received).toBeLessThan(SIZE)
    expect(overclaims(disk)).toBeNull()
  })
})
