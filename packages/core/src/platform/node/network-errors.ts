/**
 * Owns: what a failed exchange is called. Why by code and phase: the same ETIMEDOUT is a host that does
 * not answer while connecting, and a lost connection afterwards.
 */
import type { URLErrorCode } from '../../model/error-table.ts'
import { describeCause, URLError, type ErrorPhase } from '../../model/url-error.ts'
import { certificateFailure } from './certificate-errors.ts'

export interface Failure {
  readonly url: string
  readonly phase: ErrorPhase
  readonly bytesTransferred?: number
}

const BY_CODE: { readonly [code: string]: URLErrorCode } = {
  ENOTFOUND: 'cannotFindHost',
  EAI_NODATA: 'cannotFindHost',
  EAI_NONAME: 'cannotFindHost',
  EAI_AGAIN: 'dnsLookupFailed',
  EAI_FAIL: 'dnsLookupFailed',
  ESERVFAIL: 'dnsLookupFailed',
  ETIMEOUT: 'dnsLookupFailed',
  ECONNREFUSED: 'cannotConnectToHost',
  EHOSTDOWN: 'cannotConnectToHost',
  EADDRNOTAVAIL: 'cannotConnectToHost',
  EACCES: 'cannotConnectToHost',
  EPERM: 'cannotConnectToHost',
  EMFILE: 'cannotConnectToHost',
  ENFILE: 'cannotConnectToHost',
  ENETUNREACH: 'notConnectedToInternet',
  ENETDOWN: 'notConnectedToInternet',
  EHOSTUNREACH: 'notConnectedToInternet',
  ECONNRESET: 'networkConnectionLost',
  ECONNABORTED: 'networkConnectionLost',
  EPIPE: 'networkConnectionLost',
  ENOTCONN: 'networkConnectionLost',
  ENETRESET: 'networkConnectionLost',
  ERR_STREAM_PREMATURE_CLOSE: 'networkConnectionLost',
}

/** OpenSSL's and Node's names of what is wrong with a certificate or a handshake. */
const TLS =
  /^(CERT_|CRL_|ERR_TLS_|ERR_SSL_|EPROTO$|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH_|ERROR_IN_CERT|ERROR_IN_CRL)/

/** A failure of node:http, node:net, node:tls or node:dns as a URLError. */
export function networkError(cause: unknown, { url, phase, bytesTransferred = 0 }: Failure): URLError {
  if (URLError.is(cause)) return cause.url === null ? cause.with({ url }) : cause
  for (const error of causes(cause)) {
    const [code, hint] = codeFor(error, phase)
    if (code !== null)
      return new URLError(code, {
        url,
        phase,
        bytesTransferred,
        why: describeCause(error) ?? '',
        cause,
        ...(hint === undefined ? {} : { hint }),
      })
  }
  // Nothing was sent: what node refuses before connecting is wrong with the request.
  const code = phase === 'connect' || phase === 'setup' ? 'unknown' : 'networkConnectionLost'
  return new URLError(code, { url, phase, bytesTransferred, why: describeCause(cause) ?? '', cause })
}

function codeFor(error: unknown, phase: ErrorPhase): readonly [URLErrorCode | null, hint?: string] {
  if (typeof error !== 'object' || error === null || !('code' in error) || typeof error.code !== 'string') return [null]
  const { code } = error
  if (code.startsWith('HPE_')) return ['cannotParseResponse']
  if (code === 'ETIMEDOUT') return [phase === 'connect' ? 'cannotConnectToHost' : 'networkConnectionLost']
  const certificate = certificateFailure(code)
  if (certificate && phase !== 'body') return certificate
  // Damaged records of a connection that had been good are a fault of the line, not of the server's certificate.
  if (TLS.test(code)) return phase === 'body' ? ['networkConnectionLost'] : ['secureConnectionFailed']
  return [BY_CODE[code] ?? null]
}

/** The error, what it wraps, and the errors of each address that was tried. */
function* causes(error: unknown): Generator {
  yield error
  if (error instanceof AggregateError) for (const inner of error.errors) yield* causes(inner)
  if (error instanceof Error && error.cause !== undefined) yield* causes(error.cause)
}
