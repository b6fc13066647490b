/** A world around the transfer machine that does what it is told, in any order that can really happen, and finds it out. */
import type { SeededChance } from '../../../../testing/src/fakes/fixed-chance.ts'
import { URLError } from '../../../src/model/url-error.ts'
import {
  initialState,
  transition,
  type TransferEffect,
  type TransferEvent,
  type TransferState,
} from '../../../src/transfers/transfer-machine.ts'
import { calm, interrupted, lost, patient, restart } from './machine-script.ts'

export class World {
  state: TransferState = initialState()
  slot: 'none' | 'wanted' | 'held' = 'none'
  attempt: 'none' | 'running' | 'held' | 'stopping' = 'none'
  timer: 'due' | 'hold-over' | null = null
  work: 'seal' | 'fail' | null = null
  outcomes = 0
  readonly #chance: SeededChance
  readonly #settings: (typeof calm)['settings']
  readonly #story: string[] = []
  #now = calm.now

  constructor(chance: SeededChance) {
    this.#chance = chance
    this.#settings = chance.pick([calm, patient]).settings
  }

  get over(): boolean {
    return this.state.phase.name === 'over'
  }

  story(): string {
    return this.#story.slice(-30).join('\n')
  }

  /** One event of those that can happen now. */
  step(): void {
    this.#send(this.#chance.pick(this.#possible()))
  }

  /** The user cancels if need be, and everything that is under way comes to its end. */
  finish(): void {
    this.#send({ type: 'cancel', keepBytes: false })
    for (let step = 0; step < 20 && !this.over; step++) {
      const { name } = this.state.phase
      if (this.attempt === 'stopping') this.#send({ type: 'stopped' })
      else if (name === 'ending') this.#send({ type: 'ended' })
      else if (name === 'delivering') this.#send({ type: 'settled' })
    }
  }

  #possible(): TransferEvent[] {
    const { name } = this.state.phase
    const users: TransferEvent[] = [
      { type: 'resume' },
      { type: 'resume' },
      { type: 'suspend' },
      { type: 'online' },
      { type: 'wake' },
    ]
    if (this.#chance.next() < 0.02) users.push({ type: 'cancel', keepBytes: true }, { type: 'deadline' })
    users.push({ type: 'begin-date', at: this.#chance.pick([null, this.#now + 3000]) })
    const own: TransferEvent[] = []
    if (this.slot === 'wanted') own.push({ type: 'slot' })
    if (this.timer) own.push({ type: this.timer })
    if (this.attempt !== 'none') own.push(...this.#ends())
    if (this.attempt === 'stopping') own.push({ type: 'stopped' })
    if (this.work === 'seal')
      own.push({ type: 'sealed' }, { type: 'fatal', error: new URLError('cannotWriteToFile'), keepBytes: true })
    if (name === 'ending') own.push({ type: 'ended' })
    if (name === 'delivering') own.push({ type: 'settled' })
    return [...users, ...own, ...own, ...own]
  }

  #ends(): TransferEvent[] {
    const often = this.#chance.next() < 0.1
    return [
      { type: 'responded' },
      { type: 'advanced' },
      interrupted(lost(), this.#chance.pick([null, 1000])),
      restart(),
      ...(often ? [{ type: 'filled' } as const, { type: 'fatal', error: lost(), keepBytes: true } as const] : []),
    ]
  }

  #send(event: TransferEvent): void {
    this.#now += 100
    const at = {
      ...calm,
      settings: this.#settings,
      now: this.#now,
      chance: this.#chance.next(),
      online: this.#chance.next() < 0.8,
    }
    const before = this.state.phase.name
    // The world's own side of the event comes first: what ended has ended when it is told.
    if (event.type === 'slot') this.slot = 'held'
    if (event.type === this.timer) this.timer = null
    if (['interrupted', 'restart', 'filled', 'fatal', 'stopped'].includes(event.type))
      this.attempt = this.attempt === 'stopping' && event.type !== 'stopped' ? 'stopping' : 'none'
    if (event.type === 'sealed' || event.type === 'fatal') this.work = null
    if (event.type === 'ended') this.work = null
    const [state, effects] = transition(this.state, event, at)
    this.state = state
    this.#story.push(
      `${before} + ${event.type} → ${state.phase.name}: ${effects.map((effect) => effect.do).join(', ')}`,
    )
    for (const effect of effects) this.#do(effect)
    this.#check()
  }

  #do(effect: TransferEffect): void {
    const need = (holds: boolean, what: string): void => {
      if (!holds) throw new Error(`${effect.do}: ${what}\n${this.story()}`)
    }
    switch (effect.do) {
      case 'request-slot':
        need(this.slot === 'none', `the slot is ${this.slot}`)
        this.slot = 'wanted'
        return
      case 'release-slot':
        this.slot = 'none'
        return
      case 'start':
        need(this.attempt === 'none', 'an attempt is under way')
        need(this.slot === 'held', 'there is no slot')
        this.attempt = 'running'
        return
      case 'hold':
        need(this.attempt === 'running', 'there is no attempt to hold')
        this.attempt = 'held'
        return
      case 'unhold':
        need(this.attempt === 'held', 'there is no attempt to go on with')
        this.attempt = 'running'
        return
      case 'stop':
        this.attempt = 'stopping'
        return
      case 'timer':
        this.timer = effect.event
        return
      case 'clear-timer':
        this.timer = null
        return
      case 'seal':
        need(this.attempt === 'none', 'an attempt is under way')
        this.work = 'seal'
        return
      case 'fail':
        // Failing takes the attempt down and ends sealing, as the runner does.
        this.attempt = 'none'
        this.work = 'fail'
        this.outcomes += 1
        return
      case 'deliver':
        this.outcomes += 1
        return
      default:
      // What else is done changes none of this.
    }
  }

  #check(): void {
    const { name } = this.state.phase
    const slot = name === 'queued' ? 'wanted' : ['loading', 'held', 'stopping'].includes(name) ? 'held' : 'none'
    const attempt =
      name === 'loading' ? 'running' : name === 'held' ? 'held' : name === 'stopping' ? 'stopping' : 'none'
    const timer = name === 'held' ? 'hold-over' : name === 'waiting' ? 'due' : null
    if (this.slot !== slot || this.attempt !== attempt || this.timer !== timer)
      throw new Error(`${name}, but slot ${this.slot}, attempt ${this.attempt}, timer ${this.timer}\n${this.story()}`)
  }
}
