/** Suspend and resume on a connection: held for a while, then let go, and never stuck. */
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { describe, expect, it } from 'vitest'
import type { ScriptedBody } from '../../../../testing/src/fakes/scripted-body.ts'
import { Life, TickingClock } from '../support/engine-life.ts'

const SIZE = 1000
const headers = { etag: '"v1"', 'content-length': String(SIZE) }
const bytes = contentAt(1, 0, SIZE)

async function begun(): Promise<{ life: Life; uid: string; body: ScriptedBody }> {
  const life = await Life.begin({ settings: { retry: { baseDelay: 1 } } })
  const uid = await life.start()
  const body = (await life.platform.transport.next()).respond({ headers })
  body.push(bytes.subarray(0, 300))
  await settle()
  return { life, uid, body }
}

/** The rest, in answer to a request for it. */
async function finish(life: Life, uid: string, from: number): Promise<void> {
  await life.platform.clock.advance(1)
  const request = await life.platform.transport.next()
  expect(request.range).toBe(`bytes=${from}-`)
  const body = request.respond({
    status: 206,
    headers: { etag: '"v1"', 'content-range': `bytes ${from}-${SIZE - 1}/${SIZE}` },
  })
  body.push(bytes.subarray(from)).end()
  expect(await life.bytes(await life.finished(uid))).toEqual(bytes)
}

describe('a suspended download', () => {
  it('stops reading, and goes on with the same connection', async () => {
    const { life, uid, body } = await begun()
    await life.engine.suspend(uid)
    body.push(bytes.subarray(300, 500)).push(bytes.subarray(500))
    await settle()
    // One read was under way already.
    expect(body.queued).toBe(1)
    await life.engine.resume(uid)
    body.end()
    expect(await life.bytes(await life.finished(uid))).toEqual(bytes)
    expect(life.platform.transport.sent).toHaveLength(1)
  })

  it('does not time out while it is held', async () => {
    const { life, uid, body } = await begun()
    await life.engine.suspend(uid)
    body.push(bytes.subarray(300, 400))
    await life.platform.clock.advance(9000)
    await life.engine.resume(uid)
    body.push(bytes.subarray(400)).end()
    await life.finished(uid)
    expect(life.told('warning')).toEqual([])
  })

  it('lets go of its connection after ten seconds, its bytes safe, and asks for the rest later', async () => {
    const { life, uid, body } = await begun()
    await life.engine.suspend(uid)
    await life.platform.clock.advance(10_000)
    expect(body.cancelled).toBe(true)
    expect(life.record('task', uid)).toMatchObject({ running: false, ranges: [[0, 300]] })
    await life.platform.transport.expectQuiet()
    await life.engine.resume(uid)
    await finish(life, uid, 300)
  })

  it('goes on when it is resumed while it lets go', async () => {
    const { life, uid } = await begun()
    await life.engine.suspend(uid)
    life.platform.process.hold()
    await life.platform.clock.advance(10_000)
    await life.engine.resume(uid)
    await life.platform.transport.expectQuiet()
    life.platform.process.goOn()
    await finish(life, uid, 300)
  })

  it('whose connection breaks while it is held rests, and goes on when it is resumed', async () => {
    const { life, uid, body } = await begun()
    await life.engine.suspend(uid)
    body.fail()
    await settle()
    await life.platform.transport.expectQuiet()
    await life.engine.resume(uid)
    await finish(life, uid, 300)
  })

  it('whose file turns out to have changed while it is held rests, and starts over when it is resumed', async () => {
    const { life, uid, body } = await begun()
    body.fail()
    await life.platform.clock.advance(1)
    const second = await life.platform.transport.next()
    await life.engine.suspend(uid)
    second.answer({ status: 206, headers: { etag: '"v2"', 'content-range': `bytes 300-999/${SIZE}` } })
    await settle()
    await life.platform.transport.expectQuiet()
    expect(life.record('task', uid)).toMatchObject({ ranges: [], entity: null })
    await life.engine.resume(uid)
    await settle()
    const third = await life.platform.transport.next()
    expect(third.range).toBeNull()
    third.answer({ headers, body: bytes })
    expect(await life.bytes(await life.finished(uid))).toEqual(bytes)
  })

  it('that is complete is finished all the same', async () => {
    const { life, uid, body } = await begun()
    body.push(bytes.subarray(300)).end()
    await life.engine.suspend(uid)
    await life.engine.resume(uid)
    expect((await life.finished(uid)).size).toBe(SIZE)
  })

  it('that is cancelled gives its bytes', async () => {
    const { life, uid, body } = await begun()
    await life.engine.suspend(uid)
    expect(await life.cancelled(uid)).toMatchObject({ received: 300 })
    expect(body.cancelled).toBe(true)
  })

  it('stays suspended over a restart', async () => {
    const { life, uid } = await begun()
    await life.engine.suspend(uid)
    await life.engine.flush()
    life.die()
    const next = await Life.begin({ disk: life.disk })
    await next.platform.transport.expectQuiet()
    await next.engine.resume(uid)
    await settle()
    await finish(next, uid, 300)
  })

  it('pays no attention to how often it is told the same', async () => {
    const { life, uid, body } = await begun()
    for (let time = 0; time < 20; time++) await (time % 3 === 0 ? life.engine.suspend(uid) : life.engine.resume(uid))
    await life.engine.resume(uid)
    body.push(bytes.subarray(300)).end()
    expect(await life.bytes(await life.finished(uid))).toEqual(bytes)
    expect(life.platform.transport.sent).toHaveLength(1)
  })
})

describe('the connection of a suspended download', () => {
  const MEBI = 1 << 20
  const total = 4096 * MEBI

  /** A long answer, of which so much came within a second; the length it announces. */
  async function running(
    came: number,
    length: number | null,
  ): Promise<{ life: Life; uid: string; body: ScriptedBody }> {
    const clock = new TickingClock()
    const life = await Life.begin({ clock })
    const uid = await life.start()
    const announced = length === null ? {} : { 'content-length': String(length) }
    const body = (await life.platform.transport.next()).respond({ headers: { etag: '"v1"', ...announced } })
    await settle()
    if (came > 0) {
      clock.tick(1000)
      body.push(new Uint8Array(came))
      await settle()
    }
    return { life, uid, body }
  }

  it.each([
    ['shorter the faster it was, for a browser may take the rest into memory', 16 * MEBI, total, 2000],
    ['shorter also where no length is known', 16 * MEBI, null, 2000],
    ['for a second where its speed is not known yet', 0, total, 1000],
    ['for ten seconds where it was slow', 3 * MEBI, total, 10_000],
    ['for ten seconds where the rest is little', 32 * MEBI, 64 * MEBI, 10_000],
  ])('is held %s', async (_, came, length, time) => {
    const { life, uid, body } = await running(came, length)
    await life.engine.suspend(uid)
    await life.platform.clock.advance(time - 1)
    expect(body.cancelled).toBe(false)
    await life.platform.clock.advance(1)
    expect(body.cancelled).toBe(true)
    expect(life.told('warning')).toEqual([])
  })

  it('is held for a second from its answer on, where that comes later', async () => {
    const life = await Life.begin()
    const uid = await life.start()
    const request = await life.platform.transport.next()
    await life.engine.suspend(uid)
    await life.platform.clock.advance(5000)
    const body = request.respond({ headers: { etag: '"v1"', 'content-length': String(total) } })
    await settle()
    await life.platform.clock.advance(999)
    expect(body.cancelled).toBe(false)
    await life.platform.clock.advance(1)
    expect(body.cancelled).toBe(true)
  })
})

describe('cancelling', () => {
  it('while the file is sealed leaves one outcome, and no file that is called finished', async () => {
    const { life, uid, body } = await begun()
    body.push(bytes.subarray(300)).end()
    life.platform.process.hold()
    await settle()
    const cancelling = life.engine.cancel(uid, false)
    await settle()
    life.platform.process.goOn()
    expect(await cancelling).toBeNull()
    await settle()
    expect(life.story(uid).filter((line) => line.startsWith('fail') || line === 'finished')).toEqual([
      'failed cancelled',
    ])
    expect([life.files, life.record('task', uid)]).toMatchObject([[], { outcome: { type: 'failed' } }])
  })

  it('while it starts over leaves nothing behind', async () => {
    const { life, uid, body } = await begun()
    body.fail()
    await life.platform.clock.advance(1)
    const second = await life.platform.transport.next()
    life.platform.process.hold()
    second.answer({ status: 206, headers: { etag: '"v2"', 'content-range': `bytes 300-999/${SIZE}` } })
    await settle()
    const cancelling = life.engine.cancel(uid, false)
    await settle()
    life.platform.process.goOn()
    await cancelling
    await life.engine.settle(uid, false)
    await settle()
    expect([life.files, life.keys]).toEqual([[], []])
  })
})
