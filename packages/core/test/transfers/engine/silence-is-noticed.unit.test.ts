/** Idle timeouts: before the answer, in the middle of a body, and after a sleep. */
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { describe, expect, it } from 'vitest'
import type { ScriptedBody } from '../../../../testing/src/fakes/scripted-body.ts'
import { Life, type LifeOptions } from '../support/engine-life.ts'

const head = { headers: { etag: '"v1"', 'content-length': '1000' } }

async function answered(options: LifeOptions = {}): Promise<{ life: Life; uid: string; body: ScriptedBody }> {
  const life = await Life.begin({ settings: { retry: { baseDelay: 1, maximumDelay: 1 } }, ...options })
  const uid = await life.start()
  const body = (await life.platform.transport.next()).respond(head)
  await settle()
  return { life, uid, body }
}

describe('silence', () => {
  it('before any answer fails a default session’s task at once', async () => {
    const life = await Life.begin({ kind: 'default' })
    const uid = await life.start()
    await life.platform.clock.advance(59_999)
    expect(life.told('failed')).toEqual([])
    await life.platform.clock.advance(1)
    expect(life.told('failed', uid)[0]?.error).toMatchObject({
      code: 'timedOut',
      message: expect.stringContaining('nothing arrived for 60000 ms') as string,
    })
    expect(life.platform.transport.sent).toHaveLength(1)
  })

  it('is counted from the last answer, where redirects lead from one to the next', async () => {
    const life = await Life.begin({ kind: 'default' })
    const uid = await life.start()
    for (let hop = 1; hop <= 3; hop++) {
      const { transport, clock } = life.platform
      const asked = await transport.next()
      await clock.advance(59_000)
      asked.answer({ status: 302, headers: { location: `/hop/${hop}` } })
    }
    ;(await life.platform.transport.next()).answer({ headers: { 'content-length': '2' }, body: 'ok' })
    expect((await life.finished(uid)).size).toBe(2)
  })

  it('in a body is a break: the rest is asked for', async () => {
    const { life, body } = await answered({ kind: 'default' })
    body.push(contentAt(1, 0, 400))
    await life.platform.clock.advance(60_000)
    await life.platform.clock.advance(1)
    expect((await life.platform.transport.next()).range).toBe('bytes=400-')
  })

  it('is counted from the last byte, not from the start', async () => {
    const { life, uid, body } = await answered()
    for (let at = 0; at < 1000; at += 100) {
      await life.platform.clock.advance(59_000)
      body.push(contentAt(1, at, 100))
      await settle()
    }
    body.end()
    expect((await life.finished(uid)).size).toBe(1000)
    expect(life.platform.transport.sent).toHaveLength(1)
  })

  it('may last as long as the session, or the request, says', async () => {
    for (const [settings, request] of [
      [{ timeout: { request: 500 } }, undefined],
      [{}, { url: 'https://host.test/', timeout: 500 }],
    ] as const) {
      const life = await Life.begin({ kind: 'default', settings })
      const uid = await life.start(request ? { request } : {})
      await life.platform.clock.advance(500)
      expect(life.told('failed', uid)).toHaveLength(1)
    }
  })

  it.each(['wake', 'online'] as const)('after %s is borne for five seconds only', async (event) => {
    const { life, body } = await answered()
    body.push(contentAt(1, 0, 100))
    await life.platform.clock.advance(1000)
    if (event === 'wake') life.platform.connectivity.wake()
    else {
      life.platform.connectivity.goOffline()
      life.platform.connectivity.goOnline()
    }
    await life.platform.clock.advance(4999)
    expect(life.platform.transport.sent).toHaveLength(1)
    await life.platform.clock.advance(2)
    expect((await life.platform.transport.next()).range).toBe('bytes=100-')
  })

  it('that a byte breaks after a wake is borne as long as ever', async () => {
    const { life, body } = await answered()
    await life.platform.clock.advance(1000)
    life.platform.connectivity.wake()
    await life.platform.clock.advance(1000)
    body.push(contentAt(1, 0, 100))
    await life.platform.clock.advance(59_000)
    expect(life.platform.transport.sent).toHaveLength(1)
  })
})

describe('without a network', () => {
  it('a transfer waits, says so once, and goes on when it is back', async () => {
    const { life, uid, body } = await answered()
    body.push(contentAt(1, 0, 250))
    await settle()
    life.platform.connectivity.goOffline()
    body.fail()
    await life.platform.clock.advance(3_600_000)
    expect(life.told('waits-for-connectivity', uid)).toHaveLength(1)
    expect(life.told('waiting', uid).at(-1)).toMatchObject({ for: 'connectivity' })
    const before = life.platform.transport.sent.length
    life.platform.connectivity.goOnline()
    await settle()
    expect(life.platform.transport.sent.length).toBe(before + 1)
    expect(life.record('task', uid)).toMatchObject({ fruitless: 0, ranges: [[0, 250]] })
  })

  it('a default session’s new task fails at once', async () => {
    const life = await Life.begin({ kind: 'default' })
    life.platform.connectivity.goOffline()
    const uid = await life.start()
    ;(await life.platform.transport.next()).fail('networkConnectionLost')
    expect((await life.failed(uid)).code).toBe('notConnectedToInternet')
  })
})
