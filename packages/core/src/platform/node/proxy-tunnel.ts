/**
 * Owns: connections that a proxy makes for us: CONNECT (RFC 9110 §9.3.6) and SOCKS5 (RFC 1928). Why CONNECT is not a package's:
 * those that are kept hand a proxy's refusal on as if the host had answered it, log the proxy's URL with its password, and go on
 * connecting after an abort.
 */
import { lookup } from 'node:dns/promises'
import { request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { connect, isIP, isIPv6, type Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { describeCause, URLError } from '../../model/url-error.ts'
import { missingPeer } from './missing-peer.ts'
import { ProxyChallenge } from './proxy-challenge.ts'
import type { ChosenProxy } from './proxy-choice.ts'

export interface Tunnel {
  readonly proxy: ChosenProxy
  readonly host: string
  readonly port: number
  /** For the TLS to the proxy itself. */
  readonly secureContext: SecureContext | undefined
  /** The caller's own Proxy-Authorization, instead of what the proxy's URL says. */
  readonly authorization: string | null
  readonly signal: AbortSignal | null
  readonly addressTimeout: number
}

/**
 * A socket whose other end is the host.
 * @throws {URLError} `cannotConnectToHost`, `userAuthenticationRequired` (with the status 407 where HTTP tells), `cannotFindHost`
 *   (SOCKS5 with names looked up here), `unsupportedByPlatform` when the package `socks` is missing; the signal's reason.
 */
export async function openTunnel(tunnel: Tunnel): Promise<Socket> {
  tunnel.signal?.throwIfAborted()
  return tunnel.proxy.protocol.startsWith('socks') ? await socks(tunnel) : await connectMethod(tunnel)
}

/** The failure of a proxy: never with its user and password. */
export function proxyFailure(proxy: ChosenProxy, why: string, cause?: unknown): URLError {
  return new URLError('cannotConnectToHost', {
    phase: 'connect',
    why: `by way of the proxy ${proxy.shown}, ${why}`,
    hint: 'check that the proxy is running and may be used for this host',
    ...(cause === undefined ? {} : { cause }),
  })
}

export const unreachable = (proxy: ChosenProxy, cause: unknown): URLError =>
  proxyFailure(proxy, `which could not be reached: ${describeCause(cause) ?? ''}`, cause)

/** `Basic`, in UTF-8 (RFC 7617 §2.1); null where the proxy's URL names nobody. */
export const basicOf = ({ user, password }: ChosenProxy): string | null =>
  user === '' && password === '' ? null : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

/** A name for TLS to check: '' for an address, which has none. */
export const serverName = (host: string): string => (isIP(host) === 0 ? host : '')

const credentialsWanted = (proxy: ChosenProxy, status: number | null, cause?: ProxyChallenge): URLError =>
  new URLError('userAuthenticationRequired', {
    phase: 'connect',
    why: `the proxy ${proxy.shown} did not accept what it was given`,
    hint: 'put the user and password for it into the URL of the option proxy, or let didReceiveChallenge give them',
    status,
    retryable: false,
    ...(cause && { cause }),
  })

function connectMethod({ proxy, host, port, signal, authorization, ...tunnel }: Tunnel): Promise<Socket> {
  const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`
  const proof = authorization ?? basicOf(proxy)
  const options = {
    agent: false as const,
    method: 'CONNECT',
    host: proxy.host,
    port: proxy.port,
    path: authority,
    headers: { host: authority, ...(proof === null ? {} : { 'proxy-authorization': proof }) },
    autoSelectFamilyAttemptTimeout: tunnel.addressTimeout,
    servername: serverName(proxy.host),
    ...(tunnel.secureContext ? { secureContext: tunnel.secureContext } : {}),
  }
  return new Promise((resolve, reject) => {
    const asking = proxy.protocol === 'https:' ? requestSecure(options) : requestPlain(options)
    const abort = (): void => {
      reject(signal?.reason)
      asking.destroy()
    }
    signal?.addEventListener('abort', abort, { once: true })
    const over = (): void => signal?.removeEventListener('abort', abort)
    asking.once('connect', ({ statusCode = 0, headers }, socket: Socket, head) => {
      over()
      if (statusCode >= 200 && statusCode <= 299 && signal?.aborted !== true) {
        if (head.length > 0) socket.unshift(head)
        return resolve(socket)
      }
      // What it says besides is the proxy's, and must never be taken for the host's.
      socket.destroy()
      reject(refused(proxy, statusCode, headers['proxy-authenticate']))
    })
    asking.on('error', (error) => {
      over()
      reject(unreachable(proxy, error))
    })
    asking.end()
  })
}

function refused(proxy: ChosenProxy, status: number, wanted: string | undefined): URLError {
  if (status === 407) return credentialsWanted(proxy, status, new ProxyChallenge(proxy.shown, wanted ?? ''))
  const failure = proxyFailure(proxy, `which answered ${status} when it was asked for a connection`)
  return failure.with({ status, retryable: status >= 500 })
}

async function socks({ proxy, host, port, signal, addressTimeout }: Tunnel): Promise<Socket> {
  const { SocksClient } = await import('socks').catch((cause: unknown) => {
    throw missingPeer('socks', `the proxy ${proxy.shown}`, cause)
  })
  // Not `lookup` of the package's: it has none, and sends names to the proxy.
  const target = proxy.protocol === 'socks5:' && isIP(host) === 0 ? (await lookup(host)).address : host
  signal?.throwIfAborted()
  const socket = await reached(proxy, addressTimeout, signal)
  const abort = (): void => void socket.destroy()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    await SocksClient.createConnection({
      command: 'connect',
      existing_socket: socket,
      destination: { host: target, port },
      proxy: { host: proxy.host, port: proxy.port, type: 5, userId: proxy.user, password: proxy.password },
    })
    return socket
  } catch (error) {
    socket.destroy()
    signal?.throwIfAborted()
    const text = error instanceof Error ? error.message : ''
    if (/authentication/i.test(text)) throw credentialsWanted(proxy, null)
    // Not the error itself as the cause: it carries the options, and so the password.
    throw proxyFailure(proxy, `which made no connection: ${text}`)
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

/** Our own connection, and not the package's: that one could not be given up. */
function reached({ host, port, ...proxy }: ChosenProxy, timeout: number, signal: AbortSignal | null): Promise<Socket> {
  const socket = connect({ host, port, autoSelectFamilyAttemptTimeout: timeout, noDelay: true })
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal?.reason)
      socket.destroy()
    }
    const over = (): void => {
      signal?.removeEventListener('abort', abort)
      socket.off('error', failed)
    }
    const failed = (error: unknown): void => {
      over()
      reject(unreachable({ host, port, ...proxy }, error))
    }
    signal?.addEventListener('abort', abort, { once: true })
    socket.on('error', failed)
    socket.once('connect', () => {
      over()
      resolve(socket)
    })
  })
}
