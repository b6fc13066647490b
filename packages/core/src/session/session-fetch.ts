/** `fetch` by way of a session: what comes in and goes out is fetch's, what happens between is a data task. */
import type { DataRequest } from '../model/request.ts'
import { checkDataOptions, isTaskOption } from '../model/task-options.ts'
import type { URLResponse } from '../model/response.ts'
import { URLError } from '../model/url-error.ts'
import type { DataAnswer, DataTask } from './data-task.ts'
import type { SessionCore } from './session-core.ts'
import type { DataOptions, FetchInit } from './task-options.ts'
import { described, pulledStream, type ResponseFacts, type Watch, watchedResponse } from './watched-response.ts'

/**
 * @param init The session's own copy. @param asked What both of them ask for, copied before this was loaded.
 * @throws {TypeError} with the URLError as `cause`; the signal's reason; a URLError named AbortError or TimeoutError.
 */
export async function sessionFetch(
  input: RequestInfo | URL,
  init: FetchInit,
  asked: Promise<DataRequest>,
  core: SessionCore,
  make: (request: DataRequest, options: DataOptions) => DataTask,
): Promise<Response> {
  // Null means none, also where the Request has one.
  const signal = init.signal === undefined ? (input instanceof Request ? input.signal : null) : init.signal
  try {
    if (signal?.aborted) throw signal.reason
    const task = make(requestOf(input, init, await asked, core), optionsOf(init, signal))
    task.resume()
    return responseOf(await task.answer(), task)
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    throw asFetchFails(error)
  }
}

function requestOf(input: RequestInfo | URL, init: FetchInit, normal: DataRequest, core: SessionCore): DataRequest {
  const given = input instanceof Request ? input : null
  // A body that was used before is nobody's concern where there is another.
  const inherits = given !== null && (init.body ?? null) === null
  const inherited = inherits ? core.request(given) : normal
  const redirect = init.redirect ?? given?.redirect ?? 'follow'
  // The most common: an address, and nothing else.
  if (!given && isEmpty(init)) return { ...normal, init: {} }
  const text = typeof init.body === 'string' && !normal.headers.some(([name]) => name === 'content-type')
  return {
    ...normal,
    // As fetch has it, which is not what Apple's tasks say of a body without a type.
    headers: text ? [...normal.headers, ['content-type', 'text/plain;charset=UTF-8']] : normal.headers,
    body: normal.body ?? inherited.body,
    credentials: normal.credentials ?? chosenCredentials(given),
    ...(redirect === 'follow' ? {} : { redirect }),
    init: { ...carriedBy(given ?? {}), ...carriedBy(init) },
  }
}

/** 'same-origin' is what a Request says when nobody chose, so it does not override the session. */
const chosenCredentials = (given: Request | null): DataRequest['credentials'] =>
  given && given.credentials !== 'same-origin' ? given.credentials : null

const isEmpty = (init: object): boolean => Object.keys(init).length === 0

/** What is passed on to the platform as it is. */
const CARRIED = ['mode', 'cache', 'referrer', 'referrerPolicy', 'integrity', 'keepalive', 'priority'] as const

function carriedBy(from: Request | FetchInit): RequestInit {
  const init: Record<string, unknown> = {}
  for (const name of CARRIED) {
    const value: unknown = (from as Record<string, unknown>)[name]
    // A task's priority is a number, fetch's a word. What a Request says of itself when nobody chose is left out.
    if (value === undefined || typeof value === 'number' || UNCHOSEN.has(`${name} ${value as string}`)) continue
    init[name] = value
  }
  return init
}

const UNCHOSEN = new Set([
  'mode cors',
  'mode navigate',
  'cache default',
  'referrer about:client',
  'referrerPolicy ',
  'integrity ',
  'keepalive false',
])

function optionsOf(init: FetchInit, signal: AbortSignal | null): DataOptions {
  if (!signal && isEmpty(init)) return {}
  const own = Object.entries(init).filter(([name, value]) => isTaskOption(name) && typeof value !== 'undefined')
  const given = Object.fromEntries(own.filter(([name, value]) => name !== 'priority' || typeof value === 'number'))
  delete given['signal']
  return checkDataOptions({ ...given, ...(signal ? { signal } : {}) }) as DataOptions
}

function responseOf({ response, native, type, redirected, read, ended }: DataAnswer, task: DataTask): Response {
  const watch = { read: () => read().catch(rethrown), cancel: cancelOf(task) }
  const shown = native ?? made(response, watch)
  // Chromium has a body, of nothing, also where there can be none.
  if (shown.body === null || BODILESS.has(response.status) || task.originalRequest.method === 'HEAD') ended()
  else if (native) watchedResponse(native, watch)
  if (native && !redirected && shown.type !== 'default') return shown
  // Where we followed the redirects ourselves, or there is no platform behind the answer, it does not know where that came from.
  const facts = {
    url: native && !redirected ? shown.url : withoutFragment(response.url),
    redirected: redirected || shown.redirected,
    type: type === 'default' ? 'basic' : type,
    status: shown.status,
    ok: shown.ok,
  } satisfies ResponseFacts
  return described(shown, facts)
}

/** Apart from the Response, which whoever keeps this must not keep. */
const cancelOf = (task: DataTask) => (): void => task.cancel()

/** WHATWG fetch's null body statuses. */
const BODILESS = new Set([101, 103, 204, 205, 304])

/** The answer of a protocol of the user's, or one of ours: there is no Response yet. */
function made({ status, statusText, headers }: URLResponse, watch: Watch): Response {
  return new Response(BODILESS.has(status) ? null : pulledStream(watch), { status, statusText, headers })
}

const withoutFragment = (url: string): string => url.replace(/#.*$/, '')

function rethrown(error: unknown): never {
  throw asFetchFails(error)
}

/** A network's failure is a TypeError, as from fetch; what was cancelled or took too long has its name already. */
function asFetchFails(error: unknown): unknown {
  if (!URLError.is(error) || error.name !== 'URLError') return error
  return new TypeError(`fetch failed: ${error.message}`, { cause: error })
}
