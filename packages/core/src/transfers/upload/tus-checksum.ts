/** `Upload-Checksum`: a part's hash, so that a server can tell a part that was damaged on its way. */
import { toBase64 } from '../../model/digest-text.ts'
import type { TusChecksum } from '../../model/tus-options.ts'
import { URLError } from '../../model/url-error.ts'

/** The longest part that has a checksum: it is in memory while its hash is made. */
export const LONGEST_CHECKED_PART: number = 16 * 1024 * 1024

/** @throws {URLError} `unsupportedByPlatform` where the platform hides its hashes: on pages that are not secure contexts. */
export async function checksumHeaders(
  algorithm: TusChecksum,
  bytes: Uint8Array<ArrayBuffer>,
  url: string,
): Promise<Record<string, string>> {
  // Browsers have none where a page came over http, whatever the types say.
  const subtle = crypto.subtle as SubtleCrypto | undefined
  if (!subtle)
    throw new URLError('unsupportedByPlatform', {
      url,
      phase: 'setup',
      why: 'checksums need a secure context',
      hint: 'serve the page over https, or leave the option "checksum" out',
    })
  const digest = await subtle.digest(`SHA-${algorithm.slice(3)}`, bytes)
  return { 'Upload-Checksum': `${algorithm} ${toBase64(new Uint8Array(digest))}` }
}
