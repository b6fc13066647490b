/** Owns: what TLS options mean to node:tls: whom to trust, who we are, and which keys a host must have. */
import { createHash, X509Certificate } from 'node:crypto'
import {
  checkServerIdentity,
  createSecureContext,
  getCACertificates,
  rootCertificates,
  type DetailedPeerCertificate,
  type SecureContext,
} from 'node:tls'
import type { TLSSettings } from '../../model/network-options.ts'
import { describeCause, URLError } from '../../model/url-error.ts'
import { PIN_MISMATCH } from './certificate-errors.ts'

/**
 * Made once and used for every connection: reading Node's authorities takes longer than a handshake.
 * @throws {URLError} `secureConnectionFailed` when a certificate or key cannot be read.
 */
export function secureContext({ minVersion, ca, cert, key, passphrase }: TLSSettings): SecureContext {
  try {
    return createSecureContext({
      ...(minVersion === undefined ? {} : { minVersion }),
      ...(ca.length > 0 ? { ca: [...trustedAnyway(), ...ca] } : {}),
      ...(cert === null ? {} : { cert }),
      ...(key === null ? {} : { key }),
      ...(passphrase === null ? {} : { passphrase }),
    })
  } catch (cause) {
    throw new URLError('secureConnectionFailed', {
      phase: 'setup',
      why: `tls.ca, tls.cert or tls.key cannot be used: ${describeCause(cause) ?? ''}`,
      hint: 'check that they are PEM, that key and cert belong together, and the passphrase',
      cause,
    })
  }
}

/** With what NODE_EXTRA_CA_CERTS and the like added, where Node tells (22.15 and newer). */
const trustedAnyway = (): readonly string[] =>
  typeof getCACertificates === 'function' ? getCACertificates('default') : rootCertificates

/**
 * A check of the certificate that also compares keys. Called after Node itself found the certificate good, so that a pin can only
 * forbid; and not at all for a resumed session, which is why there are none with pins (see `http-agents.ts`).
 */
export function identityCheck(pinned: NonNullable<TLSSettings['pinned']>): typeof checkServerIdentity {
  return (host, certificate) => {
    const wanted = Object.entries(pinned)
      .filter(
        ([domain, { includesSubdomains }]) => host === domain || (includesSubdomains && host.endsWith(`.${domain}`)),
      )
      .flatMap(([, { keys }]) => keys)
    const wrong = checkServerIdentity(host, certificate)
    if (wrong || wanted.length === 0) return wrong
    const found = keysOf(certificate as DetailedPeerCertificate)
    if (found.some((key) => wanted.includes(key))) return undefined
    return Object.assign(new Error(`none of the keys of ${host} is pinned; it has ${found.join(', ')}`), {
      code: PIN_MISMATCH,
    })
  }
}

/** The keys from the server's own certificate up, as far as each certificate is really signed by the next. */
function keysOf(certificate: DetailedPeerCertificate): string[] {
  const keys: string[] = []
  let below: X509Certificate | null = null
  for (let at: DetailedPeerCertificate | undefined = certificate; at?.raw; at = at.issuerCertificate) {
    const one: X509Certificate = new X509Certificate(at.raw)
    // Servers send what they like: a certificate that only bears the issuer's name vouches for nothing.
    if (below && !below.verify(one.publicKey)) break
    keys.push(keyOf(one))
    if (at.issuerCertificate === at) break
    below = one
  }
  return keys
}

const keyOf = ({ publicKey }: X509Certificate): string =>
  `sha256-${createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')}`
