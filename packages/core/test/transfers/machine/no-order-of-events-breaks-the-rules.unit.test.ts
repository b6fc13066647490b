/** Random events, seeded: with a faithful world around the machine, and with none at all. */
import { SeededChance } from '../../../../testing/src/fakes/fixed-chance.ts'
import { describe, expect, it } from 'vitest'
import {
  initialState,
  transition,
  type TransferEvent,
  type TransferState,
} from '../../../src/transfers/transfer-machine.ts'
import { URLError } from '../../../src/model/url-error.ts'
import { calm, interrupted, lost, patient, restart } from '../support/machine-script.ts'
import { World } from '../support/machine-world.ts'

const SEEDS = 200
const STEPS = 200

const dropped = interrupted(lost())
const makers: readonly ((chance: SeededChance) => TransferEvent)[] = [
  () => ({ type: 'resume' }),
  () => ({ type: 'resume' }),
  () => ({ type: 'suspend' }),
  () => ({ type: 'due' }),
  (chance) => ({ type: 'begin-date', at: chance.pick([null, calm.now - 1, calm.now + 5000]) }),
  () => ({ type: 'slot' }),
  () => ({ type: 'slot' }),
  () => ({ type: 'responded' }),
  () => ({ type: 'advanced' }),
  () => dropped,
  (chance) => ({ type: 'interrupted', error: lost(), retryAfter: chance.pick([0, 1000, 1e12]) }),
  (chance) =>
    interrupted(new URLError(chance.pick(['timedOut', 'cannotFindHost', 'notConnectedToInternet', 'badURL'] as const))),
  () => restart(),
  () => ({ type: 'filled' }),
  () => ({ type: 'sealed' }),
  () => ({ type: 'stopped' }),
  () => ({ type: 'hold-over' }),
  () => ({ type: 'online' }),
  () => ({ type: 'wake' }),
]
const rare: readonly TransferEvent[] = [
  { type: 'cancel', keepBytes: true },
  { type: 'deadline' },
  { type: 'fatal', error: lost(), keepBytes: true },
  { type: 'ended' },
  { type: 'settled' },
]

/** Phases that have no way back: what each may become. */
const oneWay: { readonly [phase: string]: readonly string[] } = {
  ending: ['ending', 'delivering'],
  delivering: ['delivering', 'over'],
  over: ['over'],
}

describe('any events in any order', () => {
  it('never throw, and never bring a transfer back to life', () => {
    const wrong: string[] = []
    for (let seed = 1; seed <= SEEDS; seed++) {
      const chance = new SeededChance(seed)
      let state: TransferState = initialState()
      for (let step = 0; step < STEPS; step++) {
        const event = chance.next() < 0.02 ? chance.pick(rare) : chance.pick(makers)(chance)
        const at = { ...chance.pick([calm, patient]), chance: chance.next(), online: chance.next() < 0.8 }
        const [next] = transition(state, event, at)
        const [was, is] = [state.phase.name, next.phase.name]
        if (next.fruitless > 10 || oneWay[was]?.includes(is) === false)
          wrong.push(`seed ${seed}, step ${step}: ${was} + ${event.type} → ${is}`)
        state = next
      }
    }
    expect(wrong).toEqual([])
  })
})

describe('what a faithful world can do to it', () => {
  it('loses no slot, has no two attempts, leaves nothing undone, and comes to its end', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const world = new World(new SeededChance(seed))
      for (let step = 0; step < STEPS && !world.over; step++) world.step()
      world.finish()
      const end = [world.over, world.slot, world.attempt, world.timer, world.work, world.outcomes]
      expect(end, `seed ${seed}\n${world.story()}`).toEqual([true, 'none', 'none', null, null, 1])
    }
  })
})
