/** The door that readers pass. */
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { describe, expect, it } from 'vitest'
import { Gate } from '../../../src/loading/gate.ts'

const passing = (gate: Gate, signal: AbortSignal = new AbortController().signal): { state: () => string } => {
  let state = 'waits'
  gate.pass(signal).then(
    () => (state = 'passed'),
    (reason: unknown) => (state = `thrown ${String(reason)}`),
  )
  return { state: () => state }
}

describe('a gate', () => {
  it('is passed at once while it is open', async () => {
    const reader = passing(new Gate())
    await settle()
    expect(reader.state()).toBe('passed')
  })

  it('holds all readers until it is opened', async () => {
    const gate = new Gate()
    gate.close()
    gate.close()
    const readers = [passing(gate), passing(gate)]
    await settle()
    expect([gate.closed, ...readers.map((reader) => reader.state())]).toEqual([true, 'waits', 'waits'])
    gate.open()
    gate.open()
    await settle()
    expect([gate.closed, ...readers.map((reader) => reader.state())]).toEqual([false, 'passed', 'passed'])
  })

  it('closed again before the reader came through holds it again', async () => {
    const gate = new Gate()
    gate.close()
    const reader = passing(gate)
    await settle()
    gate.open()
    gate.close()
    await settle()
    expect(reader.state()).toBe('waits')
    gate.open()
    await settle()
    expect(reader.state()).toBe('passed')
  })

  it('lets go of a reader whose signal fires, before or while it waits', async () => {
    const gate = new Gate()
    gate.close()
    const abort = new AbortController()
    const reader = passing(gate, abort.signal)
    await settle()
    abort.abort('enough')
    await settle()
    const late = passing(gate, abort.signal)
    await settle()
    expect([reader.state(), late.state()]).toEqual(['thrown enough', 'thrown enough'])
  })
})
