/** `fetch` by way of a session: what comes in and goes out is fetch's, what happens between is a data task. */
import type { DataRequest } from '../model/request.ts'
import { checkDataOptions, isTaskOption } from '../model/task-options.ts'
import { URLError } from '../model/url-error.ts'
import type { DataAnswer, DataTask } from './data-task.ts'
import type { SessionCore } from './session-core.ts'
import type { DataOptions } from './task-options.ts'
import { pulledStream, watchedResponse } from './watched-response.ts'

export type FetchInit = RequestInit & DataOptions

/** @throws {TypeError} with the URLError as `cause`; the signal's reason; a URLError named AbortError or TimeoutError. */
export async function sessionFetch(
  input: RequestInfo | URL,
  init: FetchInit = {},
  core: SessionCore,
  make: (request: DataRequest, options: DataOptions) => DataTask,
): Promise<Response> {
  const signal = init.signal ?? (input instanceof Request ? input.signal : null)
  signal?.throwIfAborted()
  try {
    const task = make(requestOf(input, init, core), optionsOf(init, signal))
    task.resume()
    return responseOf(await task.answer(), task)
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    throw asFetchFails(error)
  }
}

function requestOf(input: RequestInfo | URL, init: FetchInit, core: SessionCore): DataRequest {
  const given = input instanceof Request ? input : null
  const normal = core.request({
    url: given ? given.url : input instanceof URL ? input.href : (input as string),
    method: init.method ?? given?.method ?? 'GET',
    headers: init.headers ?? given?.headers ?? [],
    body: init.body ?? null,
    ...(init.credentials === undefined ? {} : { credentials: init.credentials }),
  })
  const inherited = given ? core.request(given) : normal
  const redirect = init.redirect ?? given?.redirect ?? 'follow'
  const text = typeof init.body === 'string' && !normal.headers.some(([name]) => name === 'content-type')
  return {
    ...normal,
    // As fetch has it, which is not what Apple's tasks say of a body without a type.
    headers: text ? [...normal.headers, ['content-type', 'text/plain;charset=UTF-8']] : normal.headers,
    body: normal.body ?? inherited.body,
    credentials: normal.credentials ?? inherited.credentials,
    ...(redirect === 'follow' ? {} : { redirect }),
    init: { ...carriedBy(given ?? {}), ...carriedBy(init) },
  }
}

/** What is passed on to the platform as it is. */
const CARRIED = ['mode', 'cache', 'referrer', 'referrerPolicy', 'integrity', 'keepalive', 'priority', 'duplex'] as const

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
  'duplex half',
])

function optionsOf(init: FetchInit, signal: AbortSignal | null): DataOptions {
  const own = Object.entries(init).filter(([name, value]) => isTaskOption(name) && typeof value !== 'undefined')
  const given = Object.fromEntries(own.filter(([name, value]) => name !== 'priority' || typeof value === 'number'))
  return checkDataOptions({ ...given, ...(signal ? { signal } : {}) }) as DataOptions
}

function responseOf({ response, native, read, ended }: DataAnswer, task: DataTask): Response {
  const cancel = (): void => task.cancel()
  if (native) {
    // Where we followed the redirects ourselves, the platform does not know of them.
    if (response.url !== native.url || (!native.redirected && response.url !== task.originalRequest.url))
      Object.defineProperties(native, { url: { value: response.url }, redirected: { value: true } })
    return watchedResponse(native, { ended, read, cancel })
  }
  // A protocol of the user's, or one of ours: there is no Response yet.
  const bodiless = [101, 103, 204, 205, 304].includes(response.status)
  const made = new Response(bodiless ? null : pulledStream(read, cancel), {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  })
  if (bodiless) ended(null)
  Object.defineProperty(made, 'url', { value: response.url })
  return made
}

/** A network's failure is a TypeError, as from fetch; what was cancelled or took too long has its name already. */
function asFetchFails(error: unknown): unknown {
  if (!URLError.is(error) || error.name !== 'URLError') return error
  return new TypeError(`fetch failed: ${error.message}`, { cause: error })
}
