/**
 * What a transfer does next: a pure function of its state, what happened, and the circumstances. It
 * has no clock, no network and no promise; transfer-runner.ts performs the effects.
 *
 *   idle ─resume→ waiting | queued ─slot→ loading ─filled→ sealing ─sealed→ delivering ─settled→ over
 *    ↑               ↑─ due, online ─┘      │ ↑
 *    │               └──── interrupted ─────┤ └─ resume
 *    └────── stopped ─── stopping ←suspend─ held
 *
 * Any state but the last two goes to `ending` by cancel, deadline or a fatal error, and from there to
 * delivering.
 */
import { backoffDelay } from '../loading/retry.ts'
import type { Settings } from '../model/configuration.ts'
import { URLError } from '../model/url-error.ts'
import type { WaitingFor } from '../wire/events.ts'

export type Phase =
  /** Not asked to run: never resumed, or suspended with no connection open. */
  | { readonly name: 'idle' }
  /** Something must happen first. `until` is null where only an event ends it. */
  | {
      readonly name: 'waiting'
      readonly for: 'begin-date' | 'retry' | 'connectivity' | 'file-permission'
      readonly until: number | null
    }
  /** Wants a connection to its host. */
  | { readonly name: 'queued' }
  /** An attempt is under way; `advanced` once it brought a byte, `again` once it had to start over. */
  | { readonly name: 'loading'; readonly advanced: boolean; readonly again?: boolean }
  /** Suspended, its connection kept open and unread for a while. */
  | { readonly name: 'held'; readonly advanced: boolean }
  /** The attempt is being taken down, its bytes made durable. */
  | { readonly name: 'stopping' }
  /** All bytes are there; they are checked and made a file. */
  | { readonly name: 'sealing' }
  /** It is over and the bytes are put aside or removed. */
  | { readonly name: 'ending' }
  /** The outcome is stored and told; the page has not yet settled it. */
  | { readonly name: 'delivering' }
  | { readonly name: 'over' }

export interface TransferState {
  readonly phase: Phase
  /** The caller wants it to run. */
  readonly wanted: boolean
  /** A server answered usably at least once. */
  readonly responded: boolean
  /** Attempts in a row without a new byte. */
  readonly fruitless: number
  /** Failures in a row for want of a network, which are not counted as fruitless. */
  readonly unreachable: number
  readonly saidWaiting: boolean
  /** Wall-clock end of all patience, once resumed. */
  readonly deadline: number | null
  readonly beginAt: number | null
}

export type TransferEvent =
  | { readonly type: 'resume' }
  | { readonly type: 'suspend' }
  | { readonly type: 'cancel'; readonly keepBytes: boolean }
  /** The timer of `waiting` fired. */
  | { readonly type: 'due' }
  | { readonly type: 'begin-date'; readonly at: number | null }
  | { readonly type: 'slot' }
  | { readonly type: 'responded' }
  | { readonly type: 'advanced' }
  | { readonly type: 'interrupted'; readonly error: URLError; readonly retryAfter: number | null }
  /** The attempt ended because what was stored cannot be gone on with: ask again for everything, at once. */
  | { readonly type: 'restart'; readonly error: URLError }
  | { readonly type: 'fatal'; readonly error: URLError; readonly keepBytes: boolean }
  /** The file may not be read before its user says so. */
  | { readonly type: 'forbidden' }
  | { readonly type: 'filled' }
  | { readonly type: 'sealed' }
  /** A failure's outcome is stored. */
  | { readonly type: 'ended' }
  | { readonly type: 'stopped' }
  | { readonly type: 'hold-over' }
  /** `last` is what the last attempt failed with, where no answer came since. */
  | { readonly type: 'deadline'; readonly last?: URLError | null }
  | { readonly type: 'online' }
  | { readonly type: 'wake' }
  | { readonly type: 'settled' }

export type TransferEffect =
  /** Make the record say what the state says. */
  | { readonly do: 'save' }
  | { readonly do: 'request-slot' }
  | { readonly do: 'release-slot' }
  | { readonly do: 'start' }
  | { readonly do: 'hold' }
  | { readonly do: 'unhold' }
  /** Abort the attempt, make its bytes durable, then say `stopped`. */
  | { readonly do: 'stop' }
  /** One timer for `waiting` and `held`; a new one replaces it. */
  | { readonly do: 'timer'; readonly delay: number; readonly event: 'due' | 'hold-over' }
  | { readonly do: 'clear-timer' }
  | { readonly do: 'deadline'; readonly at: number }
  /** Give a stalled connection only a few seconds more. */
  | { readonly do: 'hurry' }
  | { readonly do: 'seal' }
  /** Store and tell the failure; park the bytes or remove them. */
  | { readonly do: 'fail'; readonly error: URLError; readonly keepBytes: boolean }
  /** Store and tell that the file is there. */
  | { readonly do: 'deliver' }
  | { readonly do: 'say-waiting' }
  | { readonly do: 'say-retrying'; readonly error: URLError; readonly delay: number }
  /** Remove the record: nobody needs it any more. */
  | { readonly do: 'forget' }

/** What the decision also depends on. */
export interface Circumstances {
  readonly now: number
  readonly chance: number
  readonly online: boolean
  readonly url: string
  readonly settings: Pick<Settings, 'retry' | 'timeout' | 'waitsForConnectivity'>
}

/** How long a suspended transfer keeps its connection before it lets go of it. */
export const HOLD_TIME = 10_000
/** Without an `online` event, an absent network is tried again this often at the latest. */
const CONNECTIVITY_RETRY = 30_000

type Step = readonly [TransferState, readonly TransferEffect[]]

/** Failures that mean no connection to the host could be made. */
const UNREACHABLE = new Set(['cannotFindHost', 'cannotConnectToHost', 'dnsLookupFailed', 'opaqueNetworkFailure'])

export function initialState(options: Partial<TransferState> = {}): TransferState {
  return {
    phase: { name: 'idle' },
    wanted: false,
    responded: false,
    fruitless: 0,
    unreachable: 0,
    saidWaiting: false,
    deadline: null,
    beginAt: null,
    ...options,
  }
}

/** The next state, and what has to be done to get there. */
export function transition(state: TransferState, event: TransferEvent, at: Circumstances): Step {
  const { phase } = state
  if (phase.name === 'over') return [state, []]
  if (phase.name === 'delivering')
    return event.type === 'settled' ? [{ ...state, phase: { name: 'over' } }, [{ do: 'forget' }]] : [state, []]
  if (phase.name === 'ending') return [event.type === 'ended' ? { ...state, phase: { name: 'delivering' } } : state, []]

  switch (event.type) {
    case 'resume':
      return resume(state, at)
    case 'suspend':
      return suspend(state)
    case 'cancel':
      return fail(state, new URLError('cancelled', { url: at.url }), event.keepBytes)
    case 'deadline':
      return fail(state, outOfTime(at.url, event.last ?? null), true)
    case 'fatal':
      return fail(state, event.error, event.keepBytes)
    case 'begin-date':
      return beginDate({ ...state, beginAt: event.at }, at)
    case 'due':
      return phase.name === 'waiting' ? queue(state) : [state, []]
    case 'slot':
      if (phase.name === 'queued') return [{ ...state, phase: { name: 'loading', advanced: false } }, [{ do: 'start' }]]
      return [state, [{ do: 'release-slot' }]]
    case 'responded':
      return [{ ...state, responded: true, unreachable: 0 }, []]
    case 'advanced':
      if (phase.name !== 'loading' && phase.name !== 'held') return [state, []]
      return [{ ...state, phase: { ...phase, advanced: true }, fruitless: 0 }, []]
    case 'interrupted':
      return interrupted(state, event.error, event.retryAfter, at)
    case 'restart':
      // A second one is a failure like any other, or a server that contradicts itself would be asked for ever.
      if (phase.name !== 'loading' || phase.again) return interrupted(state, event.error, null, at)
      return [{ ...state, phase: { name: 'loading', advanced: false, again: true } }, [{ do: 'start' }]]
    case 'forbidden':
      if (phase.name !== 'loading') return phase.name === 'held' ? stopped(state) : [state, []]
      return [{ ...state, phase: { name: 'waiting', for: 'file-permission', until: null } }, [{ do: 'release-slot' }]]
    case 'filled':
      if (phase.name !== 'loading' && phase.name !== 'held') return [state, []]
      return [{ ...state, phase: { name: 'sealing' } }, [{ do: 'clear-timer' }, { do: 'release-slot' }, { do: 'seal' }]]
    case 'sealed':
      if (phase.name !== 'sealing') return [state, []]
      return [{ ...state, phase: { name: 'delivering' } }, [{ do: 'deliver' }]]
    case 'stopped':
      return phase.name === 'stopping' ? stopped(state) : [state, []]
    case 'hold-over':
      return phase.name === 'held' ? [{ ...state, phase: { name: 'stopping' } }, [{ do: 'stop' }]] : [state, []]
    case 'online':
    case 'wake':
      return nudged(state, at.now)
    case 'ended':
    case 'settled':
      return [state, []]
  }
}

/** What `waitingFor` shows for a state. */
export function waitingFor({ phase }: TransferState): { for: WaitingFor; until: number | null } {
  if (phase.name === 'waiting') return { for: phase.for, until: phase.until }
  if (phase.name === 'queued') return { for: 'slot', until: null }
  if (phase.name === 'delivering') return { for: 'delegate', until: null }
  return { for: null, until: null }
}

function resume(state: TransferState, at: Circumstances): Step {
  const { phase } = state
  const deadline = state.deadline ?? at.now + at.settings.timeout.resource
  const wanted = { ...state, wanted: true, deadline }
  if (phase.name === 'held')
    return [
      { ...wanted, phase: { name: 'loading', advanced: phase.advanced } },
      [{ do: 'clear-timer' }, { do: 'unhold' }, { do: 'save' }],
    ]
  if (phase.name !== 'idle') return [wanted, state.wanted ? [] : [{ do: 'save' }]]
  const [next, effects] = beginDate(wanted, at)
  return [next, [{ do: 'deadline', at: deadline }, { do: 'save' }, ...effects]]
}

/** From a standing start (or a changed begin date): wait for the date, or queue. */
function beginDate(state: TransferState, at: Circumstances): Step {
  const standing = state.phase.name === 'idle' || (state.phase.name === 'waiting' && state.phase.for === 'begin-date')
  if (!standing || !state.wanted) return [state, []]
  if (state.beginAt !== null && state.beginAt > at.now)
    return [
      { ...state, phase: { name: 'waiting', for: 'begin-date', until: state.beginAt } },
      [{ do: 'timer', delay: state.beginAt - at.now, event: 'due' }],
    ]
  return queue(state)
}

function queue(state: TransferState): Step {
  return [{ ...state, phase: { name: 'queued' } }, [{ do: 'clear-timer' }, { do: 'request-slot' }]]
}

function suspend(state: TransferState): Step {
  const unwanted = { ...state, wanted: false }
  switch (state.phase.name) {
    case 'waiting':
      return [{ ...unwanted, phase: { name: 'idle' } }, [{ do: 'clear-timer' }, { do: 'save' }]]
    case 'queued':
      return [{ ...unwanted, phase: { name: 'idle' } }, [{ do: 'release-slot' }, { do: 'save' }]]
    case 'loading':
      return [
        { ...unwanted, phase: { name: 'held', advanced: state.phase.advanced } },
        [{ do: 'hold' }, { do: 'timer', delay: HOLD_TIME, event: 'hold-over' }, { do: 'save' }],
      ]
    default:
      return [unwanted, state.wanted ? [{ do: 'save' }] : []]
  }
}

/** No attempt runs any more: rest if that is wanted, else queue again. */
function stopped(state: TransferState): Step {
  const idle: TransferState = { ...state, phase: { name: 'idle' } }
  if (!state.wanted) return [idle, [{ do: 'clear-timer' }, { do: 'release-slot' }]]
  const [next, effects] = queue(idle)
  return [next, [{ do: 'release-slot' }, ...effects]]
}

function interrupted(state: TransferState, error: URLError, retryAfter: number | null, at: Circumstances): Step {
  if (state.phase.name === 'held') return stopped(state)
  // While it is being stopped, only the end of that counts: until then the file is open.
  if (state.phase.name !== 'loading') return [state, []]
  if (!error.retryable) return fail(state, error, true)

  const patient = at.settings.waitsForConnectivity || state.responded
  if (!at.online || error.code === 'notConnectedToInternet') {
    if (patient) return waitForNetwork(state, error, Math.min(CONNECTIVITY_RETRY, 1000 * 2 ** state.unreachable), at)
    return fail(state, new URLError('notConnectedToInternet', { url: at.url, cause: error }), true)
  }
  // Apple's rule: a request that is never answered in time fails, unless the session waits for ever.
  if (error.code === 'timedOut' && !patient) return fail(state, error, true)
  if (UNREACHABLE.has(error.code) && at.settings.waitsForConnectivity)
    return waitForNetwork(
      state,
      error,
      Math.max(250, backoffDelay(state.unreachable + 1, at.chance, at.settings.retry)),
      at,
    )

  const fruitless = state.phase.advanced ? 0 : state.fruitless + 1
  if (fruitless >= at.settings.retry.attempts) return fail({ ...state, fruitless }, error, true)
  const backoff = backoffDelay(Math.max(1, fruitless), at.chance, at.settings.retry)
  const delay = retryAfter === null ? backoff : retryAfter + Math.min(backoff, 1000)
  if (state.deadline !== null && at.now + delay >= state.deadline) return fail({ ...state, fruitless }, error, true)
  return [
    { ...state, fruitless, phase: { name: 'waiting', for: 'retry', until: at.now + delay } },
    [
      { do: 'release-slot' },
      { do: 'save' },
      { do: 'say-retrying', error, delay },
      { do: 'timer', delay, event: 'due' },
    ],
  ]
}

function waitForNetwork(state: TransferState, error: URLError, delay: number, at: Circumstances): Step {
  const say: TransferEffect[] = state.saidWaiting ? [] : [{ do: 'say-waiting' }]
  return [
    {
      ...state,
      unreachable: state.unreachable + 1,
      saidWaiting: true,
      phase: { name: 'waiting', for: 'connectivity', until: at.now + delay },
    },
    [
      { do: 'release-slot' },
      { do: 'save' },
      ...say,
      { do: 'say-retrying', error, delay },
      { do: 'timer', delay, event: 'due' },
    ],
  ]
}

/** The network came back or the machine woke up: do not sit out delays that were made for another world. */
function nudged(state: TransferState, now: number): Step {
  const { phase } = state
  // Timers stand still while a machine sleeps: what is overdue is due now.
  if (phase.name === 'waiting' && (phase.for === 'connectivity' || Number(phase.until) <= now)) return queue(state)
  if (phase.name === 'loading') return [state, [{ do: 'hurry' }]]
  return [state, []]
}

/** Whoever waited that long wants to know what for: a host that CORS keeps away is waited for like one that is down. */
function outOfTime(url: string, last: URLError | null): URLError {
  const why = 'the whole task took longer than timeout.resource allows'
  if (!last) return new URLError('timedOut', { url, why, retryable: false })
  const { opaque, candidates, message } = last
  const both = `${why}, and the last attempt failed: ${message}`
  return new URLError('timedOut', { url, why: both, retryable: false, opaque, candidates, cause: last })
}

function fail(state: TransferState, error: URLError, keepBytes: boolean): Step {
  return [
    { ...state, phase: { name: 'ending' } },
    [{ do: 'clear-timer' }, { do: 'release-slot' }, { do: 'fail', error, keepBytes }],
  ]
}
