/** Retry is bounded by progress: for ever while bytes come, ten attempts when none do. */
import { describe, expect, it } from 'vitest'
import type { TransferEvent, TransferState } from '../../../src/transfers/transfer-machine.ts'
import { URLError } from '../../../src/model/url-error.ts'
import { after, calm, interrupted, loading, lost, restart, standing, the } from '../support/machine-script.ts'

const again: readonly TransferEvent[] = [{ type: 'due' }, { type: 'slot' }]
const go = (state: TransferState, events: readonly TransferEvent[]): TransferState =>
  events.reduce((now, event) => after(now, event).state, state)

describe('retry', () => {
  it('gives up after ten attempts in a row without a byte, with the last error and the bytes kept', () => {
    let state = standing(loading)
    for (let failures = 1; failures < 10; failures++) {
      state = go(state, [interrupted()])
      expect([state.phase.name, state.fruitless]).toEqual(['waiting', failures])
      state = go(state, again)
    }
    const error = new URLError('timedOut', { why: 'the tenth' })
    const last = after({ ...state, responded: true }, interrupted(error))
    expect(last.phase).toBe('ending')
    expect(the('fail', last.effects)).toEqual({ do: 'fail', error, keepBytes: true })
    expect(last.state.fruitless).toBe(10)
  })

  it('never gives up while each attempt brings a byte', () => {
    let state = standing(loading)
    for (let attempt = 0; attempt < 1000; attempt++) state = go(state, [{ type: 'advanced' }, interrupted(), ...again])
    expect([state.phase.name, state.fruitless]).toEqual(['loading', 0])
  })

  it('forgets nine fruitless attempts at the first new byte', () => {
    const state = go(standing(loading, { fruitless: 9 }), [{ type: 'advanced' }])
    expect(state.fruitless).toBe(0)
    expect(go(state, [interrupted()]).phase.name).toBe('waiting')
  })

  it('counts an answer that brought no byte', () => {
    const state = go(standing(loading), [{ type: 'responded' }, interrupted()])
    expect(state.fruitless).toBe(1)
  })

  it('waits by full jitter, doubling, up to the ceiling', () => {
    const delayAt = (fruitless: number, chance: number): number | undefined =>
      the('timer', after(standing(loading, { fruitless }), interrupted(), { ...calm, chance }).effects)?.delay
    expect([0, 1, 2, 5].map((fruitless) => delayAt(fruitless, 0.5))).toEqual([250, 500, 1000, 8000])
    expect(delayAt(8, 0.999_999)).toBe(30_000)
    expect(delayAt(8, 0)).toBe(0)
  })

  it('says that it will, why, and when', () => {
    const error = lost()
    const step = after(standing(loading), interrupted(error))
    expect(the('say-retrying', step.effects)).toEqual({ do: 'say-retrying', error, delay: 250 })
    expect(step.state.phase).toEqual({ name: 'waiting', for: 'retry', until: calm.now + 250 })
  })

  it('does not retry what cannot get better', () => {
    const error = new URLError('secureConnectionFailed')
    expect(the('fail', after(standing(loading), interrupted(error)).effects)).toEqual({
      do: 'fail',
      error,
      keepBytes: true,
    })
  })
})

describe('starting over', () => {
  it('asks again at once', () => {
    const step = after(standing({ name: 'loading', advanced: true }), restart())
    expect([step.phase, step.does]).toEqual(['loading', ['start']])
    expect(step.state.phase).toMatchObject({ advanced: false })
  })

  it('is a failure like any other when it comes twice, so that no server is asked for ever', () => {
    const once = after(standing(loading), restart()).state
    const twice = after(once, restart())
    expect([twice.phase, twice.state.fruitless]).toEqual(['waiting', 1])
    let state = standing(loading)
    let requests = 0
    while (state.phase.name !== 'ending' && requests < 1000) {
      requests += 1
      state = go(state, [restart()])
      if (state.phase.name === 'waiting') state = go(state, again)
    }
    expect([state.phase.name, requests]).toEqual(['ending', 20])
  })

  it('is not counted while each time brings new bytes', () => {
    let state = standing(loading)
    for (let change = 0; change < 100; change++) {
      state = go(state, [restart(), { type: 'advanced' }, restart(), ...again, { type: 'advanced' }])
    }
    expect(state.fruitless).toBe(0)
  })
})
