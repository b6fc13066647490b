/**
 * Owns: which of Apple's certificate errors each of OpenSSL's and Node's is. Why a hint with each: what helps against an expired
 * certificate is another thing than what helps against an unknown authority.
 */
import type { URLErrorCode } from '../../model/error-table.ts'

type Named = readonly [code: URLErrorCode, hint: string]

/** What Node's own check of a pinned key fails with. */
export const PIN_MISMATCH = 'ERR_TLS_PIN_MISMATCH'

const UNKNOWN_ROOT: Named = [
  'serverCertificateHasUnknownRoot',
  'if you trust its authority, give that to tls.ca; if the server leaves out certificates between its own and the root, have it send them',
]

const BY_CODE: { readonly [code: string]: Named } = {
  CERT_HAS_EXPIRED: ['serverCertificateHasBadDate', 'have the server renew it, and check the clock of this machine'],
  CERT_NOT_YET_VALID: ['serverCertificateNotYetValid', 'check the clock of this machine'],
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_ROOT,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_ROOT,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_ROOT,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_ROOT,
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'serverCertificateUntrusted',
    'it vouches for itself: if you trust it, give it to tls.ca',
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: ['serverCertificateUntrusted', 'ask the server by a name that is in its certificate'],
  [PIN_MISMATCH]: [
    'serverCertificateUntrusted',
    'if the server has a new key, add it to tls.pinned; else somebody is in between',
  ],
}

const UNTRUSTED =
  /^(CERT_(REVOKED|UNTRUSTED|REJECTED|SIGNATURE_FAILURE|CHAIN_TOO_LONG)|INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/
/** Alerts of TLS (RFC 8446 §6.2) with which a server refuses the client's certificate. */
const REJECTED =
  /^ERR_SSL_\w*ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(REVOKED|EXPIRED|UNKNOWN)|UNKNOWN_CA|ACCESS_DENIED)$/

/** The name of a certificate's failure and what to do; null for every other failure, of TLS or not. */
export function certificateFailure(code: string): Named | null {
  if (Object.hasOwn(BY_CODE, code)) return BY_CODE[code] ?? null
  if (UNTRUSTED.test(code)) return ['serverCertificateUntrusted', "check the server's certificate"]
  if (/^ERR_SSL_\w*ALERT_CERTIFICATE_REQUIRED$/.test(code))
    return ['clientCertificateRequired', 'give one with tls.cert and tls.key']
  return REJECTED.test(code)
    ? ['clientCertificateRejected', 'check tls.cert: its authority, its dates, what it is for']
    : null
}
