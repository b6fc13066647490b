/** Scripts for the transfer machine: events in, phases and effects out; no clock, no network. */
import { URLError } from '../../../src/model/url-error.ts'
import {
  initialState,
  transition,
  type Circumstances,
  type Phase,
  type TransferEffect,
  type TransferEvent,
  type TransferState,
} from '../../../src/transfers/transfer-machine.ts'

/** A good day: online, noon, an even chance, a default session. */
export const calm: Circumstances = {
  now: 1_000_000,
  chance: 0.5,
  online: true,
  url: 'https://host.test/file',
  settings: {
    retry: { attempts: 10, baseDelay: 500, maximumDelay: 30_000 },
    timeout: { request: 60_000, resource: 604_800_000 },
    waitsForConnectivity: false,
  },
}

/** As `calm`, in a session that waits for a network, as background sessions do. */
export const patient: Circumstances = { ...calm, settings: { ...calm.settings, waitsForConnectivity: true } }

export const offline = (at: Circumstances = calm): Circumstances => ({ ...at, online: false })

export const lost = (): URLError => new URLError('networkConnectionLost')
export const interrupted = (error: URLError = lost(), retryAfter: number | null = null): TransferEvent => ({
  type: 'interrupted',
  error,
  retryAfter,
})
export const restart = (): TransferEvent => ({
  type: 'restart',
  error: new URLError('badServerResponse', { retryable: true }),
})

/** A transfer in a phase, as it would have come there: wanted unless it rests or is held. */
export function standing(phase: Phase, more: Partial<TransferState> = {}): TransferState {
  const wanted = phase.name !== 'idle' && phase.name !== 'held'
  return initialState({ phase, wanted, deadline: calm.now + calm.settings.timeout.resource, ...more })
}

export const loading: Phase = { name: 'loading', advanced: false }

/** One event: where it leads, and what is done for it. */
export function after(
  state: TransferState,
  event: TransferEvent,
  at: Circumstances = calm,
): { state: TransferState; phase: Phase['name']; does: TransferEffect['do'][]; effects: readonly TransferEffect[] } {
  const [next, effects] = transition(state, event, at)
  return { state: next, phase: next.phase.name, does: effects.map((effect) => effect.do), effects }
}

/** Event after event, each answered as given; the phases and effects on the way as one line each. */
export function play(state: TransferState, events: readonly TransferEvent[], at: Circumstances = calm): string[] {
  let now = state
  return events.map((event) => {
    const step = after(now, event, at)
    now = step.state
    return `${event.type} → ${step.phase}${step.does.length > 0 ? `: ${step.does.join(', ')}` : ''}`
  })
}

/** The effect of one kind, or undefined. */
export const the = <Kind extends TransferEffect['do']>(
  kind: Kind,
  effects: readonly TransferEffect[],
): Extract<TransferEffect, { do: Kind }> | undefined =>
  effects.find((effect): effect is Extract<TransferEffect, { do: Kind }> => effect.do === kind)
