/** Outbox: nothing is lost but older progress, and everything is told in order. */
import { FakeClock } from '../../../../testing/src/fakes/fake-clock.ts'
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { describe, expect, it } from 'vitest'
import { Outbox } from '../../../src/transfers/outbox.ts'
import type { EngineEvent, EventBatch } from '../../../src/wire/events.ts'

const progress = (uid: string, received: number): EngineEvent => ({ type: 'progress', uid, received, total: null })
const said = (uid: string): EngineEvent => ({ type: 'waits-for-connectivity', uid })

function box(): { clock: FakeClock; outbox: Outbox; told: () => string[]; batches: EventBatch[] } {
  const clock = new FakeClock()
  const batches: EventBatch[] = []
  const told = (): string[] =>
    batches.flatMap(({ events }) =>
      events.map((event) =>
        event.type === 'progress'
          ? `${event.uid} ${event.received}`
          : `${event.type === 'caught-up' ? '' : event.uid} ${event.type}`,
      ),
    )
  return { clock, outbox: new Outbox((batch) => batches.push(batch), clock), told, batches }
}

describe('the outbox', () => {
  it('tells of progress only the newest, ten times a second', async () => {
    const { clock, outbox, told, batches } = box()
    for (let tick = 1; tick <= 100; tick++) {
      outbox.push(progress('a', tick))
      await clock.advance(10)
    }
    expect(told()).toEqual(['a 10', 'a 20', 'a 30', 'a 40', 'a 50', 'a 60', 'a 70', 'a 80', 'a 90', 'a 100'])
    expect(batches.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('tells everything else at once, and a task’s progress before it', async () => {
    const { outbox, told } = box()
    outbox.push(progress('a', 5))
    outbox.push(progress('b', 7))
    outbox.push(said('a'))
    await settle()
    expect(told()).toEqual(['a 5', 'a waits-for-connectivity', 'b 7'])
  })

  it('gathers what happens in one turn into one batch', async () => {
    const { outbox, batches } = box()
    for (const uid of ['a', 'b', 'c']) outbox.push(said(uid))
    outbox.push({ type: 'caught-up' })
    await settle()
    expect(batches.map(({ events }) => events.length)).toEqual([4])
  })

  it('is emptied by flush, and says nothing when there is nothing', async () => {
    const { clock, outbox, told, batches } = box()
    outbox.push(progress('a', 5))
    outbox.flush()
    outbox.flush()
    await clock.advance(1000)
    expect([told(), batches.length, clock.pending]).toEqual([['a 5'], 1, []])
  })

  it('keeps no process alive for progress', () => {
    const { clock, outbox } = box()
    outbox.push(progress('a', 5))
    expect([clock.pending, clock.holding]).toEqual([[100], 0])
  })
})
