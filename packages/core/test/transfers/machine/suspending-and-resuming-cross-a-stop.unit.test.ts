/** Suspend and resume that come while something else is under way. */
import { describe, expect, it } from 'vitest'
import { HOLD_TIME } from '../../../src/transfers/transfer-machine.ts'
import { after, calm, loading, play, standing, the } from '../support/machine-script.ts'

const resume = { type: 'resume' } as const
const suspend = { type: 'suspend' } as const

describe('suspending and resuming', () => {
  it('keeps a connection for a while, and goes on with it at once', () => {
    const held = after(standing(loading), suspend)
    expect(the('timer', held.effects)).toEqual({ do: 'timer', delay: HOLD_TIME, event: 'hold-over' })
    expect(play(held.state, [resume, suspend, resume])).toEqual([
      'resume → loading: clear-timer, unhold, save',
      'suspend → held: hold, timer, save',
      'resume → loading: clear-timer, unhold, save',
    ])
  })

  it('remembers over a hold whether bytes came', () => {
    const held = after(standing({ name: 'loading', advanced: true }), suspend)
    expect(held.state.phase).toEqual({ name: 'held', advanced: true })
    expect(after(held.state, resume).state.phase).toMatchObject({ name: 'loading', advanced: true })
  })

  it('lets go of the connection when the time is over, and rests', () => {
    expect(play(standing(loading), [suspend, { type: 'hold-over' }, { type: 'stopped' }])).toEqual([
      'suspend → held: hold, timer, save',
      'hold-over → stopping: stop',
      'stopped → idle: clear-timer, release-slot',
    ])
  })

  it('starts again after a stop that a resume came into', () => {
    expect(
      play(standing({ name: 'held', advanced: false }), [
        { type: 'hold-over' },
        resume,
        { type: 'stopped' },
        { type: 'slot' },
      ]),
    ).toEqual([
      'hold-over → stopping: stop',
      'resume → stopping: save',
      'stopped → queued: release-slot, clear-timer, request-slot',
      'slot → loading: start',
    ])
  })

  it('counts only the last word while it stops', () => {
    expect(play(standing({ name: 'stopping' }), [suspend, resume, resume, suspend, { type: 'stopped' }])).toEqual([
      'suspend → stopping: save',
      'resume → stopping: save',
      'resume → stopping',
      'suspend → stopping: save',
      'stopped → idle: clear-timer, release-slot',
    ])
  })

  it('is ignored where it says nothing new', () => {
    expect(play(standing({ name: 'idle' }), [suspend, suspend])).toEqual(['suspend → idle', 'suspend → idle'])
    expect(play(standing({ name: 'queued' }), [resume, resume])).toEqual(['resume → queued', 'resume → queued'])
  })

  it('does not stop what is nearly done', () => {
    expect(play(standing({ name: 'sealing' }), [suspend, { type: 'sealed' }])).toEqual([
      'suspend → sealing: save',
      'sealed → delivering: deliver',
    ])
    expect(play(standing({ name: 'held', advanced: true }), [{ type: 'filled' }, { type: 'sealed' }])).toEqual([
      'filled → sealing: clear-timer, release-slot, seal',
      'sealed → delivering: deliver',
    ])
  })

  it('gives the deadline once, at the first resume', () => {
    const fresh = standing({ name: 'idle' }, { deadline: null })
    const first = after(fresh, resume)
    expect(the('deadline', first.effects)?.at).toBe(calm.now + calm.settings.timeout.resource)
    const rested = after(first.state, suspend).state
    const later = after(rested, resume, { ...calm, now: calm.now + 3_600_000 })
    expect(the('deadline', later.effects)?.at).toBe(calm.now + calm.settings.timeout.resource)
  })
})
