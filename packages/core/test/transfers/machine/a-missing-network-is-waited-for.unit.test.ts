/** Offline is not a failure of the server: who waits for it, how, and what is not counted. */
import { describe, expect, it } from 'vitest'
import type { TransferState } from '../../../src/transfers/transfer-machine.ts'
import { URLError } from '../../../src/model/url-error.ts'
import { after, calm, interrupted, loading, offline, patient, play, standing, the } from '../support/machine-script.ts'

const responded = standing(loading, { responded: true })
const again = (state: TransferState): TransferState =>
  after(after(state, { type: 'due' }).state, { type: 'slot' }).state

describe('without a network', () => {
  it('a default session that was never answered fails at once', () => {
    const failure = the('fail', after(standing(loading), interrupted(), offline()).effects)
    expect(failure?.error).toMatchObject({ code: 'notConnectedToInternet' })
    expect(failure?.error.cause).toMatchObject({ code: 'networkConnectionLost' })
  })

  it('a transfer that was answered before waits, and says so once', () => {
    const first = after(responded, interrupted(), offline())
    expect([first.phase, first.does]).toEqual([
      'waiting',
      ['release-slot', 'save', 'say-waiting', 'say-retrying', 'timer'],
    ])
    expect(first.state.phase).toEqual({ name: 'waiting', for: 'connectivity', until: calm.now + 1000 })
    const second = after(again(first.state), interrupted(), offline())
    expect(second.does).toEqual(['release-slot', 'save', 'say-retrying', 'timer'])
  })

  it('a session that waits for connectivity waits though nobody ever answered', () => {
    expect(after(standing(loading), interrupted(), offline(patient)).phase).toBe('waiting')
    const gone = new URLError('notConnectedToInternet')
    expect(after(standing(loading), interrupted(gone), patient).phase).toBe('waiting')
  })

  it('waits are not counted, however many, and grow to half a minute', () => {
    let state = responded
    const delays: (number | undefined)[] = []
    for (let wait = 0; wait < 40; wait++) {
      const step = after(state, interrupted(), offline())
      delays.push(the('timer', step.effects)?.delay)
      state = again(step.state)
    }
    expect(state.fruitless).toBe(0)
    expect(delays.slice(0, 7)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    expect(delays.at(-1)).toBe(30_000)
  })

  it('the network’s return is used at once', () => {
    const waiting = after(responded, interrupted(), offline()).state
    for (const type of ['online', 'wake'] as const)
      expect(play(waiting, [{ type }])).toEqual([`${type} → queued: clear-timer, request-slot`])
  })

  it('an answer ends the growth of the waits', () => {
    const state = after(standing(loading, { responded: true, unreachable: 7 }), { type: 'responded' }).state
    expect(the('timer', after(state, interrupted(), offline()).effects)?.delay).toBe(1000)
  })
})

describe('a host that cannot be reached', () => {
  const unreachable = ['cannotFindHost', 'cannotConnectToHost', 'dnsLookupFailed', 'opaqueNetworkFailure'] as const

  it.each(unreachable)('%s is a lack of network to a session that waits', (code) => {
    const step = after(standing(loading, { fruitless: 9 }), interrupted(new URLError(code)), patient)
    expect([step.phase, step.state.fruitless]).toEqual(['waiting', 9])
    expect(step.state.phase).toMatchObject({ for: 'connectivity' })
  })

  it.each(unreachable)('%s is a counted failure to one that does not', (code) => {
    const step = after(standing(loading), interrupted(new URLError(code)))
    expect([step.phase, step.state.fruitless]).toEqual(['waiting', 1])
    expect(step.state.phase).toMatchObject({ for: 'retry' })
  })

  it('is never asked again without a pause', () => {
    const step = after(standing(loading), interrupted(new URLError('cannotConnectToHost')), { ...patient, chance: 0 })
    expect(the('timer', step.effects)?.delay).toBe(250)
  })
})

describe('an idle timeout', () => {
  const idle = new URLError('timedOut')

  it('before any answer fails a default session’s task at once', () => {
    expect(the('fail', after(standing(loading), interrupted(idle)).effects)).toEqual({
      do: 'fail',
      error: idle,
      keepBytes: true,
    })
  })

  it('after an answer is a break like any other', () => {
    expect(after(responded, interrupted(idle)).phase).toBe('waiting')
  })

  it('is a break like any other in a session that waits', () => {
    expect(after(standing(loading), interrupted(idle), patient).phase).toBe('waiting')
  })
})
