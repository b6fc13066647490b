/** earliestBeginDate: when it counts, and what changing it does. */
import { describe, expect, it } from 'vitest'
import { waitingFor, type Phase } from '../../../src/transfers/transfer-machine.ts'
import { after, calm, loading, play, standing, the } from '../support/machine-script.ts'

const date = calm.now + 2000
const resting = standing({ name: 'idle' }, { beginAt: date })

describe('a begin date', () => {
  it('is waited for with the first resume', () => {
    const step = after(resting, { type: 'resume' })
    expect(step.state.phase).toEqual({ name: 'waiting', for: 'begin-date', until: date })
    expect(the('timer', step.effects)).toEqual({ do: 'timer', delay: 2000, event: 'due' })
    expect(waitingFor(step.state)).toEqual({ for: 'begin-date', until: date })
    expect(play(step.state, [{ type: 'due' }, { type: 'slot' }])).toEqual([
      'due → queued: clear-timer, request-slot',
      'slot → loading: start',
    ])
  })

  it('that has passed is no reason to wait', () => {
    expect(after(resting, { type: 'resume' }, { ...calm, now: date }).phase).toBe('queued')
  })

  it('is not given up for a network that came or a machine that woke', () => {
    const waiting = after(resting, { type: 'resume' }).state
    expect(play(waiting, [{ type: 'online' }, { type: 'wake' }])).toEqual(['online → waiting', 'wake → waiting'])
  })

  it('that passed while the machine slept is noticed when it wakes', () => {
    const waiting = after(resting, { type: 'resume' }).state
    expect(after(waiting, { type: 'wake' }, { ...calm, now: date }).phase).toBe('queued')
  })

  it('moved later is waited for longer, moved away no more', () => {
    const waiting = after(resting, { type: 'resume' }).state
    const later = after(waiting, { type: 'begin-date', at: date + 1000 })
    expect(the('timer', later.effects)?.delay).toBe(3000)
    expect(after(later.state, { type: 'begin-date', at: null }).phase).toBe('queued')
    expect(after(later.state, { type: 'begin-date', at: calm.now - 1 }).phase).toBe('queued')
  })

  it('set on a resting transfer is kept for its resume', () => {
    const rested = after(standing({ name: 'idle' }), { type: 'begin-date', at: date })
    expect([rested.phase, rested.does]).toEqual(['idle', []])
    expect(after(rested.state, { type: 'resume' }).phase).toBe('waiting')
  })

  it.each<Phase>([{ name: 'queued' }, loading, { name: 'waiting', for: 'retry', until: date }, { name: 'sealing' }])(
    'changes nothing once the transfer is $name',
    (phase) => {
      const step = after(standing(phase), { type: 'begin-date', at: date })
      expect([step.state.phase, step.does]).toEqual([phase, []])
    },
  )

  it('is waited for again after a suspension', () => {
    const waiting = after(resting, { type: 'resume' }).state
    expect(play(waiting, [{ type: 'suspend' }, { type: 'resume' }])).toEqual([
      'suspend → idle: clear-timer, save',
      'resume → waiting: deadline, save, timer',
    ])
  })
})
