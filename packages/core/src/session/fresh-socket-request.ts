/** Where a WebSocket is connected to again: asked of whoever made the task, who may want a fresh token for it. */
import { normalizeRequest, type DataRequest } from '../model/request.ts'
import { asSocketURL, SOCKET_SCHEMES } from '../model/schemes.ts'
import { describeCause, URLError } from '../model/url-error.ts'
import type { FreshSocketRequest, Reconnect } from '../model/web-socket-options.ts'
import type { Clock } from '../ports/clock.ts'

export interface SocketTarget {
  readonly request: DataRequest
  readonly protocols: readonly string[]
}

export interface FreshParts {
  readonly ask: NonNullable<Reconnect['request']>
  readonly attempt: number
  /** Milliseconds that the answer may take. */
  readonly limit: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** The request that the task was made with. */
  readonly original: DataRequest
  readonly areProtocols: (value: unknown) => boolean
}

/**
 * @throws {URLError} what it was refused with; `delegateFailed` for any other reason, and where the answer makes no sense; `timedOut`.
 *   All but nonsense may be tried again: a token's server is down when others are.
 */
export async function freshTarget(target: SocketTarget, parts: FreshParts): Promise<SocketTarget> {
  const given = await answer(target.request.url, parts)
  if (!given) return target
  const { url = target.request.url, protocols = target.protocols, headers } = given
  try {
    if (!parts.areProtocols(protocols)) throw new TypeError('"protocols" were no distinct HTTP tokens')
    const wanted = { url: String(url), ...(headers && { headers }) }
    const fresh = normalizeRequest(wanted, () => target.request.url, SOCKET_SCHEMES)
    if (fresh.url.includes('#')) throw new TypeError('"url" had a fragment')
    const names = new Set(fresh.headers.map(([name]) => name))
    const kept = parts.original.headers.filter(([name]) => !names.has(name))
    const request = { ...target.request, url: asSocketURL(fresh.url), headers: [...kept, ...fresh.headers] }
    return { request, protocols }
  } catch (cause) {
    if (URLError.is(cause)) throw cause
    throw failed(target.request.url, cause, false)
  }
}

/** What comes too late is heard by nobody. */
function answer(url: string, { ask, attempt, limit, clock, signal }: FreshParts): Promise<FreshSocketRequest | void> {
  return new Promise((resolve, reject) => {
    const stopped = (): void => reject(signal.reason as Error)
    const why = `reconnect.request gave no answer within ${limit} ms`
    const late = (): void => reject(new URLError('timedOut', { url, phase: 'setup', why }))
    const cancel = clock.after(limit, late)
    signal.addEventListener('abort', stopped, { once: true })
    const asked = (async () => ask(attempt))()
    asked
      .then(resolve, (cause: unknown) => reject(URLError.is(cause) ? cause : failed(url, cause, true)))
      .finally(() => {
        cancel()
        signal.removeEventListener('abort', stopped)
      })
  })
}

function failed(url: string, cause: unknown, retryable: boolean): URLError {
  const why = `reconnect.request: ${describeCause(cause) ?? 'it failed'}`
  return new URLError('delegateFailed', { url, phase: 'setup', why, cause, retryable })
}
