/**
 * Owns: one request on one connection, up to the head of its answer. Why node:http and not Node's fetch:
 * that reports a compressed body that is cut short as a success, and keeps the real cause of a failure in layers.
 */
import { request as requestPlain, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestSecure } from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { URLError, type ErrorPhase } from '../../model/url-error.ts'
import type { TransactionTimings } from '../../model/metrics.ts'
import type { WireRequest } from '../../ports/transport.ts'
import { ExchangeClock } from './exchange-clock.ts'
import { READ_AHEAD, type HttpAgents, type HttpRoute } from './http-agents.ts'
import { MessageBody } from './http-body.ts'
import { networkError } from './network-errors.ts'
import { basicOf, serverName, unreachable } from './proxy-tunnel.ts'
import type { TunnelOptions } from './secure-agent.ts'
import type { OutgoingBody } from './outgoing-body.ts'
import { sendBody } from './send-body.ts'

export interface HttpRequest {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly body: Uint8Array | OutgoingBody | null
  readonly signal: AbortSignal | null
  /** Told of each 1xx but 101, with name and value in turn. */
  readonly onInformational?: ((status: number, rawHeaders: readonly string[]) => void) | undefined
  /** Told whenever the connection has taken some of a large body. */
  readonly onSent?: WireRequest['onSent'] | undefined
}

export interface HttpAnswer {
  readonly message: IncomingMessage
  readonly body: MessageBody
  readonly timings: TransactionTimings
}

/** What may be sent twice: doing it again does no more than doing it once (RFC 9110 §9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'QUERY'])
/** Node's 250 ms for each address of a host gives up on every address but the last over a slow line. */
const ADDRESS_TIMEOUT = 1_000
/** What browsers allow; Node's own 16 KiB is too little for some cookies. */
const LARGEST_HEAD = 256 << 10

/**
 * Sends the request and waits for the head.
 *
 * A connection that was kept open may have been closed by the server just as it was taken. The request
 * then never reached anybody, so it is sent once more on a new connection.
 * @throws {URLError}, or the signal's reason.
 */
export async function exchange(request: HttpRequest, agents: HttpAgents): Promise<HttpAnswer> {
  const { href, port } = request.url
  // Node takes it for no port at all, and would ask the scheme's own.
  if (port === '0')
    throw new URLError('cannotConnectToHost', {
      url: href,
      phase: 'connect',
      why: 'nobody can listen on port 0',
      retryable: false,
    })
  const route = agents.for(request.url)
  try {
    return await attempt(request, route)
  } catch (error) {
    if (!(error instanceof StaleConnection)) throw error
    if (!IDEMPOTENT.has(request.method) || !isRepeatable(request.body)) throw error.reason
    route.dropIdle()
    return await attempt(request, route).catch((again: unknown) => {
      throw again instanceof StaleConnection ? again.reason : again
    })
  }
}

const isRepeatable = (body: HttpRequest['body']): boolean =>
  body === null || body instanceof Uint8Array || body.repeatable

class StaleConnection extends Error {
  readonly reason: URLError

  constructor(reason: URLError) {
    super('a kept connection was dead', { cause: reason })
    this.reason = reason
  }
}

function attempt(request: HttpRequest, route: HttpRoute): Promise<HttpAnswer> {
  const { url, method, signal } = request
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    let phase: ErrorPhase = 'connect'
    let failure: unknown = null
    let usedBefore = 0
    const clock = new ExchangeClock(route)
    const outgoing = start(request, route)

    const over = (): void => signal?.removeEventListener('abort', abort)
    const fail = (error: unknown): void => {
      over()
      reject(error)
    }
    const abort = (): void => {
      fail(signal?.reason)
      // Without a socket yet, node would give the coming one to the pool instead of closing it.
      if (outgoing.socket) outgoing.destroy()
      else outgoing.once('socket', () => outgoing.destroy())
    }

    outgoing.once('socket', (socket: Socket) => {
      usedBefore = socket.bytesRead
      const sent = (): void => {
        if (phase === 'connect') phase = 'response'
      }
      const handshake = socket instanceof TLSSocket
      if (outgoing.reusedSocket || (!handshake && !socket.connecting)) sent()
      else socket.once(handshake ? 'secureConnect' : 'connect', sent)
      clock.watch(socket, outgoing)
    })
    // Stays for good: a request may fail after its answer has begun, and then the body tells of it.
    outgoing.on('error', (error) => {
      failure ??= error
      const named = nameOf(error, request, route, phase)
      const untouched = outgoing.reusedSocket && (outgoing.socket?.bytesRead ?? usedBefore) === usedBefore
      fail(untouched && named.code === 'networkConnectionLost' ? new StaleConnection(named) : named)
    })
    outgoing.once('close', () => {
      // After the head it is the body's; most close well, and an error that nobody gets is dear to make.
      if (phase !== 'body') fail(networkError(failure, { url: url.href, phase: 'response' }))
    })
    outgoing.once('upgrade', (_answer, socket) => {
      socket.destroy()
      fail(
        new URLError('badServerResponse', {
          url: url.href,
          phase: 'response',
          why: 'it switched to another protocol, unasked',
          status: 101,
        }),
      )
    })
    outgoing.on('information', ({ statusCode, rawHeaders }) => request.onInformational?.(statusCode, rawHeaders))
    outgoing.once('response', (message) => {
      phase = 'body'
      over()
      const body = new MessageBody({ message, url: url.href, method, signal, requestError: () => failure })
      resolve({ message, body, timings: clock.timings(message, body, request.body?.length ?? null) })
    })
    signal?.addEventListener('abort', abort, { once: true })
    sendBody(outgoing, request)
  })
}

function start({ url, method, headers, body, signal }: HttpRequest, route: HttpRoute): ClientRequest {
  const { agent, proxy, forwarded } = route
  const sent = sentHeaders(headers, body)
  const tunnelAuthorization = sent['proxy-authorization'] ?? null
  // What is meant for a proxy is none of the host's business.
  if (proxy && !forwarded) delete sent['proxy-authorization']
  const options: RequestOptions & TunnelOptions & { autoSelectFamilyAttemptTimeout: number; highWaterMark: number } = {
    agent,
    method,
    headers: sent,
    maxHeaderSize: LARGEST_HEAD,
    autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT,
    highWaterMark: READ_AHEAD,
    tunnelSignal: signal,
    tunnelAuthorization,
  }
  try {
    if (proxy && forwarded) {
      const authorization = tunnelAuthorization ?? basicOf(proxy)
      const send = proxy.protocol === 'https:' ? requestSecure : requestPlain
      return send({
        ...options,
        host: proxy.host,
        port: proxy.port,
        servername: serverName(proxy.host),
        path: `${url.origin}${url.pathname}${url.search}`,
        headers: {
          ...sent,
          host: sent['host'] ?? url.host,
          ...(authorization === null ? {} : { 'proxy-authorization': authorization }),
        },
      })
    }
    const send = url.protocol === 'https:' ? requestSecure : requestPlain
    return send(url, options)
  } catch (cause) {
    throw networkError(cause, { url: url.href, phase: 'setup' })
  }
}

/** What a failure is called: before the request is on its way, one of a proxy that is asked for whole URLs is the proxy's own. */
function nameOf(error: unknown, { url }: HttpRequest, { proxy, forwarded }: HttpRoute, phase: ErrorPhase): URLError {
  const own = forwarded && proxy && phase === 'connect' ? unreachable(proxy, error) : error
  return networkError(own, { url: url.href, phase })
}

/**
 * The caller's headers, with what every server expects to be there. Encodings are not asked for unless the
 * caller does: a download can only go on from a byte of the file, not of its compressed form.
 */
function sentHeaders(headers: Headers, body: HttpRequest['body']): Record<string, string> {
  const sent: Record<string, string> = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'urlsession' }
  for (const [name, value] of headers) sent[name] = value
  delete sent['content-length']
  delete sent['transfer-encoding']
  if (body && body.length !== null) sent['content-length'] = String(body.length)
  else if (body) sent['transfer-encoding'] = 'chunked'
  return sent
}
