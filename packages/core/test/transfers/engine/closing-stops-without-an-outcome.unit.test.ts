/** close: bytes made durable, locks free, nothing written afterwards; the next engine goes on. */
import { serveContent } from '../../../../testing/src/fakes/served-content.ts'
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { describe, expect, it } from 'vitest'
import { Life } from '../support/engine-life.ts'

const headers = { etag: '"v1"', 'content-length': '1000' }
const whole = contentAt(1, 0, 1000)

async function begun(): Promise<{ life: Life; uid: string }> {
  const life = await Life.begin()
  const uid = await life.start()
  const body = (await life.platform.transport.next()).respond({ headers })
  body.push(whole.subarray(0, 300))
  await settle()
  return { life, uid }
}

describe('closing', () => {
  it('keeps what has arrived, tells no outcome, and lets the next engine go on', async () => {
    const { life, uid } = await begun()
    await life.engine.close()
    expect(life.record('task', uid)).toMatchObject({ running: true, ranges: [[0, 300]], outcome: null })
    expect([life.told('failed'), life.told('finished')]).toEqual([[], []])
    const next = await Life.begin({ disk: life.disk })
    next.platform.transport.answerWith(serveContent({ size: 1000, etag: '"v1"', lastModified: null }))
    expect(await next.bytes(await next.finished(uid))).toEqual(whole)
    expect(next.platform.transport.sent[0]?.headers.get('range')).toBe('bytes=300-')
  })

  it('leaves no timer, no listener and no lock, and writes nothing any more', async () => {
    const { life, uid } = await begun()
    await life.start({ beginAt: life.platform.clock.now() + 10_000, request: { url: 'https://other.test/' } })
    await life.engine.close()
    const steps = life.platform.process.steps.length
    await life.engine.resume(uid).catch(() => {})
    await life.platform.clock.advance(100_000)
    expect(life.platform.process.steps.length).toBe(steps)
    expect([life.platform.clock.pending, life.platform.connectivity.listeners]).toEqual([[], 0])
    expect(await life.platform.locks.isHeld('urlsession:background.test')).toBe(false)
    expect(life.files.map((id) => life.disk.files.get(id)?.writer)).toEqual([null])
  })

  it('waits for an end that is being stored', async () => {
    const { life, uid } = await begun()
    life.platform.process.hold()
    const cancelling = life.engine.cancel(uid, true)
    await settle()
    let closed = false
    const closing = life.engine.close().then(() => (closed = true))
    await settle()
    expect(closed).toBe(false)
    life.platform.process.goOn()
    await closing
    expect((await cancelling)?.received).toBe(300)
    expect(life.record('task', uid)).toMatchObject({ outcome: { type: 'failed', error: { code: 'cancelled' } } })
    expect(life.record('parked', uid)).toMatchObject({ ranges: [[0, 300]] })
  })

  it('waits for a file that is being sealed, which is then told or found by the next engine', async () => {
    const life = await Life.begin()
    life.platform.transport.answerWith(serveContent({ size: 1000 }))
    const uid = await life.create()
    const process = life.platform.process
    process.options.beforeStep = ({ kind }) => (kind === 'truncate' ? (process.hold(), null) : null)
    await life.engine.resume(uid)
    await settle()
    const closing = life.engine.close()
    await settle()
    delete process.options.beforeStep
    process.goOn()
    await closing
    const next = await Life.begin({ disk: life.disk })
    expect(await next.bytes(await next.finished(uid))).toEqual(whole)
    expect(next.platform.transport.sent).toEqual([])
  })

  it('twice, or before it was opened, changes nothing', async () => {
    const { life } = await begun()
    await Promise.all([life.engine.close(), life.engine.close()])
    await life.engine.close()
    await new Life().engine.close()
  })

  it('can be followed by another opening', async () => {
    const { life, uid } = await begun()
    await life.engine.close()
    expect((await life.open()).tasks).toMatchObject([{ uid, received: 300 }])
  })
})

describe('opening', () => {
  it('twice is opening once', async () => {
    const life = new Life()
    const [first, second] = await Promise.all([life.open(), life.open()])
    expect(first).toBe(second)
  })

  it('is refused to a page of another release, which is told what to do', async () => {
    const life = new Life()
    const newer = { ...life.hello, wire: 99 }
    expect(() => life.engine.open(newer)).toThrow(
      expect.objectContaining({
        code: 'backgroundSessionWasDisconnected',
        message: expect.stringContaining('serve the worker.js of the same release') as string,
      }),
    )
  })

  it('that failed can be tried again, and holds no lock meanwhile', async () => {
    const life = new Life()
    life.platform.process.options.beforeStep = () => new Error('no disk')
    life.disk.records.set('background.test/task/broken-01', { v: 1, broken: true })
    await expect(life.open()).rejects.toThrow('no disk')
    expect(await life.platform.locks.isHeld('urlsession:background.test')).toBe(false)
    delete life.platform.process.options.beforeStep
    await life.open()
    expect(life.record('quarantine', 'broken-01')).toBeDefined()
  })

  it('is needed before anything else', async () => {
    const { engine } = new Life()
    await expect(engine.kept()).rejects.toMatchObject({ code: 'backgroundSessionWasDisconnected' })
    await expect(Promise.resolve().then(() => engine.flush())).rejects.toMatchObject({
      code: 'backgroundSessionWasDisconnected',
    })
  })
})
