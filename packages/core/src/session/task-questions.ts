/** What adapters and delegates have to say while a task's requests are sent, as the loading chain asks it. */
import type { AskForCredential } from '../loading/authentication/authenticator.ts'
import type { DataLane } from '../loading/data-lane.ts'
import type { LoadQuestions } from '../loading/loader.ts'
import type { RequestAdapter } from '../model/adapter.ts'
import type { URLCredential } from '../model/credential.ts'
import type { ChallengeDisposition } from '../model/protection-space.ts'
import { originOf } from '../loading/redirects.ts'
import { isCredentialHeader } from '../model/credential-headers.ts'
import { droppedHeader } from '../model/dropped-headers.ts'
import {
  normalizeRequest,
  storableRequest,
  type DataRequest,
  type NormalRequest,
  type URLRequest,
} from '../model/request.ts'
import { URLResponse } from '../model/response.ts'
import { HTTP_SCHEMES, type AcceptedSchemes } from '../model/schemes.ts'
import { describeCause, URLError } from '../model/url-error.ts'
import type { Warning } from '../model/warning.ts'
import type { WireRequest, WireResponse } from '../ports/transport.ts'
import type { WaitingFor } from '../wire/events.ts'
import type { DelegateTeller } from './delegate-teller.ts'
import type { AnyTask, TaskDelegate, TaskDelegateMethod } from './delegate.ts'
import type { SentRequest } from './task.ts'
import type { TaskOwner } from './task-owner.ts'

export interface Asked {
  readonly task: AnyTask
  readonly teller: DelegateTeller
  readonly owner: Pick<TaskOwner, 'adapters' | 'schemes'>
  readonly request: NormalRequest | DataRequest
  /** From the URL's user info. */
  readonly proposed: URLCredential | null
  readonly warn: (warning: Warning) => void
  readonly waits: (what: WaitingFor, until: number | null) => void
  readonly sent: (request: SentRequest) => void
}

/** Only those that somebody answers: the others cost nothing. */
export function questionsOf(asking: Asked, lane: DataLane): LoadQuestions {
  const { task, teller, owner, proposed, waits } = asking
  const ask: AskForCredential = (challenge) =>
    question(asking, 'didReceiveChallenge', (delegate) => delegate.didReceiveChallenge?.(task, challenge)) as Promise<
      ChallengeDisposition | undefined
    >
  const asked = adapterQuestions(owner.adapters, owner.schemes, waits)
  const before = beforeSending(asking)
  const look = droppedHeaderWatch(asking, lane)
  const credentials = lane.authentication.questions(proposed, teller.for('didReceiveChallenge') ? ask : null)
  const { checkNetwork } = lane
  return {
    ...asked,
    ...((before || asked.adapt) && {
      adapt: async (given: WireRequest) => {
        const wire = (await asked.adapt?.(given)) ?? given
        const last = before ? await before(wire) : wire
        look(last, last.headers)
        tellSent(asking, last)
        return last
      },
    }),
    ...credentials,
    // Of a transfer, whose requests are sent elsewhere, it would cost a question each.
    ...((checkNetwork || task.kind === 'data') && {
      prepare: (wire: WireRequest) => {
        tellSent(asking, wire)
        const allowed = checkNetwork?.(wire.url)
        const prepared = (): WireRequest | Promise<WireRequest> => credentials.prepare?.(wire) ?? wire
        return allowed ? allowed.then(prepared) : prepared()
      },
    }),
    ...(teller.for('willPerformRedirection') && redirection(asking)),
  }
}

/** Warns of headers that will not be sent: at once of those of request and session, and of what is added later when it is. */
function droppedHeaderWatch({ request, warn }: Asked, lane: DataLane) {
  const told = new Set<string>()
  function look(of: Pick<WireRequest, 'url' | 'method'>, headers: Iterable<readonly [string, string]>): void {
    for (const name of lane.dropped(of, headers)) {
      if (!told.has(name)) warn(droppedHeader(name))
      told.add(name)
    }
  }
  const { headers } = lane.settings
  if (request.headers.length + headers.length > 0) look(request, [...request.headers, ...headers])
  return look
}

/** What a delegate wants to know of, or to change, before a request is sent; null where it does not. */
function beforeSending(asking: Asked): ((wire: WireRequest) => Promise<WireRequest>) | null {
  const { task, teller } = asking
  const delayed =
    task.earliestBeginDate !== null && teller.for('willBeginDelayedRequest') ? delayedRequest(asking) : null
  const informed = task.kind === 'data' && teller.for('didReceiveInformationalResponse') ? task : null
  if (!delayed && !informed) return null
  return async (given) => {
    const wire = delayed ? await delayed(given) : given
    if (!informed) return wire
    const onInformational = (status: number, headers: Headers): void =>
      teller.tell('didReceiveInformationalResponse', (delegate) =>
        delegate.didReceiveInformationalResponse?.(informed, status, headers),
      )
    return { ...wire, onInformational }
  }
}

/** Asks once what a request that was put off becomes, and makes the same of it for each attempt. */
function delayedRequest(asking: Asked): (wire: WireRequest) => Promise<WireRequest> {
  const { task, owner } = asking
  let first: WireRequest | null = null
  let asked: Promise<URLRequest | 'cancel' | void> | null = null
  return async (wire) => {
    first ??= wire
    asked ??= question(asking, 'willBeginDelayedRequest', (delegate) =>
      delegate.willBeginDelayedRequest?.(task, shown(wire)),
    )
    const answer = await asked
    if (answer === 'cancel') {
      task.cancel()
      throw new URLError('cancelled', { url: wire.url })
    }
    // An upload asks its server more than one thing, a WebSocket may be told to connect elsewhere; the answer was about the first.
    if (!answer || ((task.kind === 'upload' || task.kind === 'webSocket') && !isSame(wire, first))) return wire
    const wanted = changed(wire, answer, 'willBeginDelayedRequest', owner.schemes)
    // What only this attempt has, such as the range that is missing.
    for (const [name, value] of wire.headers) if (first.headers.get(name) !== value) wanted.headers.set(name, value)
    return wanted
  }
}

const isSame = (left: WireRequest, right: WireRequest): boolean =>
  left.url === right.url && left.method === right.method

/** Those that are the same for every task of a session. */
export const adapterQuestions = (
  adapters: readonly RequestAdapter[],
  schemes: AcceptedSchemes,
  waits: Asked['waits'] = () => {},
): LoadQuestions => ({
  ...(adapters.some((one) => 'adapt' in one) && {
    adapt: (wire: WireRequest) => adapted(wire, adapters, schemes, waits),
  }),
  ...(adapters.some((one) => 'retry' in one) && {
    retry: (error: URLError, attempt: number) => wish(error, attempt, adapters, waits),
  }),
})

async function adapted(
  wire: WireRequest,
  adapters: readonly RequestAdapter[],
  schemes: AcceptedSchemes,
  waits: Asked['waits'],
): Promise<WireRequest> {
  let request = wire
  for (const adapter of adapters) {
    const answer = await answerOf(wire.url, waits, () => adapter.adapt?.(shown(request)))
    if (answer) request = changed(request, answer, 'an adapter', schemes)
  }
  return request
}

async function wish(
  error: URLError,
  attempt: number,
  adapters: readonly RequestAdapter[],
  waits: Asked['waits'],
): Promise<boolean | null> {
  for (const adapter of adapters) {
    const answer = await answerOf(error.url, waits, () => adapter.retry?.(error, attempt))
    if (typeof answer === 'boolean') return answer
  }
  return null
}

/** @throws {URLError} `delegateFailed`. */
async function answerOf<T>(url: string | null, waits: Asked['waits'], ask: () => T | Promise<T>): Promise<T> {
  let waiting = false
  try {
    const answer = ask()
    waiting = answer instanceof Promise
    // Most answer on the spot, of which no view need know.
    if (waiting) waits('delegate', null)
    return await answer
  } catch (cause) {
    const why = `an adapter threw: ${describeCause(cause) ?? 'nothing'}`
    throw new URLError('delegateFailed', { url, phase: 'setup', why, cause })
  } finally {
    if (waiting) waits(null, null)
  }
}

const redirection = (asking: Asked): LoadQuestions => ({
  async redirect(response, next) {
    const instead = await redirected(asking, response, next)
    if (instead) tellSent(asking, instead)
    return instead
  },
})

async function redirected(asking: Asked, head: WireResponse, next: WireRequest): Promise<WireRequest | null> {
  const { task } = asking
  const { url, status, statusText, headers } = head
  const response = new URLResponse({ url, status, statusText, headers: [...headers], filename: '' })
  const answer = await question(asking, 'willPerformRedirection', (delegate) =>
    delegate.willPerformRedirection?.(task, response, shown(next)),
  )
  if (answer === null) return null
  if (answer === undefined) return next
  const wanted = changed(next, answer, 'willPerformRedirection', HTTP_SCHEMES)
  const stays = originOf(new URL(wanted.url)) === originOf(new URL(next.url))
  return stays ? wanted : { ...wanted, headers: withoutOthersCredentials(wanted, next) }
}

/** Asks the delegate in its turn; the task shows that it waits. */
async function question<T>(
  { teller, waits }: Asked,
  method: TaskDelegateMethod,
  call: (delegate: TaskDelegate) => T | Promise<T>,
): Promise<T | undefined> {
  waits('delegate', null)
  try {
    return await teller.question(method, call)
  } finally {
    waits(null, null)
  }
}

/** Credentials that were for the place which was proposed do not go to another one; those that were set for it do. */
function withoutOthersCredentials({ headers }: WireRequest, proposed: WireRequest): Headers {
  const own = [...headers].filter(([name, value]) => !isCredentialHeader(name) || proposed.headers.get(name) !== value)
  return new Headers(own)
}

/** Shows what is sent as the task's current request. Of credentials only those that the caller gave it. */
function tellSent({ request, sent }: Asked, { url, method, headers }: WireRequest): void {
  const isOwn = (name: string, value: string): boolean =>
    request.headers.some(([own, its]) => own === name && its === value)
  sent({
    url,
    method,
    headers: () => [...headers].filter(([name, value]) => !isCredentialHeader(name) || isOwn(name, value)),
  })
}

const shown = ({ url, method, headers }: WireRequest): URLRequest => ({ url, method, headers: [...headers] })

/** What somebody wants to be sent instead of what was proposed. @throws {URLError} `delegateFailed`, `badURL`, `unsupportedURL`. */
function changed(next: WireRequest, answer: URLRequest, who: string, schemes: AcceptedSchemes): WireRequest {
  const wanted = checked(next, answer, who, schemes)
  return {
    ...next,
    url: wanted.url,
    method: wanted.method,
    headers: new Headers(wanted.headers.map(([name, value]): [string, string] => [name, value])),
    body: wanted.body ?? (wanted.method === next.method ? next.body : null),
  }
}

/** A scheme that the request has already may stay. */
function checked(
  { url, method }: WireRequest,
  answer: URLRequest,
  who: string,
  schemes: AcceptedSchemes,
): NormalRequest {
  const allowed = schemes === 'any' ? schemes : [...schemes, new URL(url).protocol.slice(0, -1)]
  try {
    if (typeof answer !== 'object') throw new TypeError(`request: was ${typeof answer}; allowed is { url, … }`)
    return storableRequest(normalizeRequest({ method, ...answer }, () => url, allowed))
  } catch (cause) {
    if (URLError.is(cause)) throw cause
    const why = `${who} answered with what cannot be sent: ${describeCause(cause) ?? ''}`
    throw new URLError('delegateFailed', { url, phase: 'setup', why, cause })
  }
}
