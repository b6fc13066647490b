/** At most so many transfers to one host; the most important first, then the oldest. */
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { describe, expect, it } from 'vitest'
import { Scheduler } from '../../../src/loading/scheduler.ts'
import { Life } from '../support/engine-life.ts'

const settings = { connectionsPerHost: 1 }
const head = { headers: { etag: '"v1"', 'content-length': '4' } }

/** Ends the transfer that has the slot, and says which one has it then. */
async function rounds(life: Life, count: number): Promise<string[]> {
  const paths: string[] = []
  for (let round = 0; round < count; round++) {
    await settle()
    expect(life.platform.transport.waiting).toBe(1)
    const request = await life.platform.transport.next()
    paths.push(new URL(request.url).pathname)
    const body = request.respond(head)
    body.push(new Uint8Array(4)).end()
  }
  return paths
}

const start = (life: Life, path: string, priority = 0.5): Promise<string> =>
  life.start({ request: { url: `https://host.test${path}` }, priority })

describe('slots', () => {
  it('go to the most important, and among equals to the oldest', async () => {
    const life = await Life.begin({ settings })
    await start(life, '/first')
    await start(life, '/low', 0.1)
    await start(life, '/middle-1')
    await start(life, '/middle-2')
    await start(life, '/high', 0.9)
    expect(await rounds(life, 5)).toEqual(['/first', '/high', '/middle-1', '/middle-2', '/low'])
  })

  it('follow a priority that is changed while its transfer waits', async () => {
    const life = await Life.begin({ settings })
    await start(life, '/first')
    await start(life, '/second')
    const third = await start(life, '/third', 0.1)
    await life.engine.edit(third, { priority: 1 })
    expect(await rounds(life, 3)).toEqual(['/first', '/third', '/second'])
  })

  it('are counted by host, port included', async () => {
    const life = await Life.begin({ settings })
    for (const url of ['https://a.test/', 'https://b.test/', 'https://a.test:8443/', 'https://a.test/second'])
      await life.start({ request: { url } })
    expect(life.platform.transport.waiting).toBe(3)
  })

  it('are as many as the session says', async () => {
    const life = await Life.begin({ settings: { connectionsPerHost: 3 } })
    for (let task = 0; task < 8; task++) await start(life, `/${task}`)
    expect(life.platform.transport.waiting).toBe(3)
  })

  it('of a suspended transfer are kept for ten seconds, then given to the next', async () => {
    const life = await Life.begin({ settings })
    const first = await start(life, '/first')
    await start(life, '/second')
    const body = (await life.platform.transport.next()).respond(head)
    await settle()
    await life.engine.suspend(first)
    await life.platform.clock.advance(9999)
    expect(life.platform.transport.waiting).toBe(0)
    await life.platform.clock.advance(1)
    expect([body.cancelled, life.platform.transport.waiting]).toEqual([true, 1])
  })

  it.each(['cancel', 'suspend'] as const)('in the queue are given up by %s', async (how) => {
    const life = await Life.begin({ settings })
    await start(life, '/first')
    const second = await start(life, '/second')
    await start(life, '/third')
    await (how === 'cancel' ? life.engine.cancel(second, false) : life.engine.suspend(second))
    expect(await rounds(life, 2)).toEqual(['/first', '/third'])
    await life.platform.transport.expectQuiet()
  })

  it('are free while their transfer waits to try again', async () => {
    const life = await Life.begin({ settings })
    await start(life, '/first')
    await start(life, '/second')
    ;(await life.platform.transport.next()).answer({ status: 503, headers: { 'retry-after': '60' } })
    expect(await rounds(life, 1)).toEqual(['/second'])
    await life.platform.clock.advance(61_000)
    expect(await rounds(life, 1)).toEqual(['/first'])
  })
})

describe('the scheduler', () => {
  it('never grants what was given up, even in the middle of granting', async () => {
    const scheduler = new Scheduler(2)
    const granted: string[] = []
    scheduler.request('one', 'h', 1, () => {
      granted.push('one')
      scheduler.release('two')
    })
    scheduler.request('two', 'h', 0.5, () => granted.push('two'))
    scheduler.request('three', 'h', 0.1, () => granted.push('three'))
    await settle()
    expect(granted).toEqual(['one', 'three'])
  })

  it('takes a second request of the same transfer instead of the first', async () => {
    const scheduler = new Scheduler(1)
    const granted: string[] = []
    scheduler.request('one', 'h', 1, () => granted.push('first'))
    scheduler.request('one', 'h', 1, () => granted.push('second'))
    await settle()
    scheduler.release('one')
    scheduler.release('one')
    scheduler.request('two', 'h', 1, () => granted.push('two'))
    await settle()
    expect(granted).toEqual(['second', 'two'])
  })
})
