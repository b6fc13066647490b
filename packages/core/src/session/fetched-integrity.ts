/**
 * Owns what `integrity` asks of an answer (W3C Subresource Integrity §3.3), which a platform's fetch is not asked to look at. To be imported
 * when it is asked of one.
 */
import { toBase64 } from '../model/digest-text.ts'
import { URLError } from '../model/url-error.ts'
import type { WireResponse } from '../ports/transport.ts'

/** What is not understood is skipped, as the standard says: fetch's own word, unlike that of a download, which has to be right. */
const DIGEST = /^(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+)={0,2}(\?[!-~]*)?$/i

/** @throws {URLError} `fileIntegrityMismatch` where none of the strongest digests fits; `unsupportedByPlatform` where there is nothing to hash with. */
export async function assertIntact(
  bytes: Uint8Array<ArrayBuffer>,
  integrity: string,
  { url, native }: Pick<WireResponse, 'url' | 'native'>,
): Promise<void> {
  const details = { url, phase: 'body', retryable: false } as const
  // As by fetch: nothing vouches for what nobody may see.
  if (native?.type.startsWith('opaque'))
    throw new URLError('fileIntegrityMismatch', { ...details, why: `an answer that is ${native.type} shows no body` })
  const wanted = integrity
    .split(/\s+/)
    .map((one) => DIGEST.exec(one))
    .filter((match) => match !== null)
    .map(([, algorithm = '', digest = '']) => ({ algorithm: algorithm.toLowerCase(), digest }))
  // Their names are in order of strength.
  const strongest = wanted
    .map(({ algorithm }) => algorithm)
    .toSorted()
    .at(-1)
  if (strongest === undefined) return
  if (!globalThis.crypto?.subtle)
    throw new URLError('unsupportedByPlatform', { ...details, why: 'a page that did not come by https has no hashes' })
  const name = strongest.replace('sha', 'SHA-')
  const digest = bare(toBase64(new Uint8Array(await crypto.subtle.digest(name, bytes))))
  if (wanted.some((one) => one.algorithm === strongest && bare(one.digest) === digest)) return
  throw new URLError('fileIntegrityMismatch', { ...details, why: `its digest is ${strongest}-${digest}` })
}

/** Base64 and base64url alike, without what fills them up. */
const bare = (text: string): string => text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
