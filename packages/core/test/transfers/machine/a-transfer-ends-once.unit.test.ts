/** Cancel, deadline and fatal errors from anywhere: one end, whatever comes late. */
import { describe, expect, it } from 'vitest'
import type { Phase, TransferEvent } from '../../../src/transfers/transfer-machine.ts'
import { URLError } from '../../../src/model/url-error.ts'
import { after, calm, interrupted, loading, lost, play, restart, standing, the } from '../support/machine-script.ts'

const living: readonly Phase[] = [
  { name: 'idle' },
  { name: 'waiting', for: 'begin-date', until: 1 },
  { name: 'waiting', for: 'retry', until: 1 },
  { name: 'waiting', for: 'connectivity', until: 1 },
  { name: 'queued' },
  loading,
  { name: 'held', advanced: false },
  { name: 'stopping' },
  { name: 'sealing' },
]

/** Everything that may still be on its way when the end comes. */
const late: readonly TransferEvent[] = [
  { type: 'resume' },
  { type: 'suspend' },
  { type: 'cancel', keepBytes: true },
  { type: 'deadline' },
  { type: 'fatal', error: lost(), keepBytes: true },
  { type: 'due' },
  { type: 'begin-date', at: null },
  { type: 'slot' },
  { type: 'responded' },
  { type: 'advanced' },
  interrupted(),
  restart(),
  { type: 'filled' },
  { type: 'sealed' },
  { type: 'stopped' },
  { type: 'hold-over' },
  { type: 'online' },
  { type: 'wake' },
]

describe.each(living)('from $name $for', (phase) => {
  it('cancel says cancelled and keeps the bytes or not, as asked', () => {
    for (const keepBytes of [true, false]) {
      const failure = the('fail', after(standing(phase), { type: 'cancel', keepBytes }).effects)
      expect(failure?.keepBytes).toBe(keepBytes)
      expect(failure?.error).toMatchObject({ code: 'cancelled', url: calm.url })
    }
  })

  it('the deadline says timedOut, which trying again does not help, and keeps the bytes', () => {
    const failure = the('fail', after(standing(phase), { type: 'deadline' }).effects)
    expect(failure?.keepBytes).toBe(true)
    expect(failure?.error).toMatchObject({ code: 'timedOut', retryable: false })
    expect(failure?.error.message).toContain('timeout.resource')
  })

  it('a fatal error is told as it is', () => {
    const error = new URLError('noSpaceLeft')
    const failure = the('fail', after(standing(phase), { type: 'fatal', error, keepBytes: true }).effects)
    expect(failure).toEqual({ do: 'fail', error, keepBytes: true })
  })

  it('gives up slot and timer, and nothing that comes late is heard', () => {
    const ending = after(standing(phase), { type: 'cancel', keepBytes: false })
    expect(ending.does).toEqual(['clear-timer', 'release-slot', 'fail'])
    expect(play(ending.state, late)).toEqual(late.map(({ type }) => `${type} → ending`))
  })
})

describe('after the end', () => {
  it('the outcome is told once and forgotten once it was taken', () => {
    expect(play(standing({ name: 'ending' }), [{ type: 'ended' }, ...late, { type: 'settled' }, ...late])).toEqual([
      'ended → delivering',
      ...late.map(({ type }) => `${type} → delivering`),
      'settled → over: forget',
      ...late.map(({ type }) => `${type} → over`),
    ])
  })

  it('a finished transfer cannot be cancelled any more', () => {
    expect(play(standing({ name: 'sealing' }), [{ type: 'sealed' }, { type: 'cancel', keepBytes: false }])).toEqual([
      'sealed → delivering: deliver',
      'cancel → delivering',
    ])
  })

  it('cancel in the middle of a stop ends it, and the stop that follows changes nothing', () => {
    const script: TransferEvent[] = [
      { type: 'cancel', keepBytes: true },
      { type: 'stopped' },
      { type: 'ended' },
      { type: 'settled' },
    ]
    expect(play(standing({ name: 'stopping' }), script)).toEqual([
      'cancel → ending: clear-timer, release-slot, fail',
      'stopped → ending',
      'ended → delivering',
      'settled → over: forget',
    ])
  })
})
