/** What a caller may say about tus, checked at the call. Plain data: it crosses to a worker. */
import { checkOptions, choice, type Fields, leaf, yesOrNo } from './options.ts'

/** Hashes that a checksum may be made with. The specification asks servers that check for `sha1`; the others are theirs to offer. */
export type TusChecksum = 'sha1' | 'sha256' | 'sha512'

/** How a file is uploaded by tus 1.0.0 (https://tus.io/protocols/resumable-upload). */
export interface TusOptions {
  /**
   * Sends a checksum with each part, which a server with the extension `checksum` compares before it keeps the part; one without the
   * extension takes no notice of it. Parts are then at most 16 MiB, because each is read whole. Needs a secure context in browsers, else
   * parts fail with `unsupportedByPlatform`. Default: none.
   */
  checksum?: TusChecksum
  /**
   * What the server is told of the file (`Upload-Metadata`), as names and texts. A name is ASCII without spaces and commas. Default:
   * `filename` and `filetype`, where the file has them, which names given here replace; an empty text sends the name alone.
   */
  metadata?: Readonly<Record<string, string>>
  /**
   * Sends the first part (`chunkSize`, else at most 1 MiB) with the request that makes the upload (extension `creation-with-upload`). A
   * round trip less, but a part that breaks off here is sent again. Servers without the extension leave it aside. Not for parallel parts.
   * Default: false.
   */
  withCreation?: boolean
}

const FIELDS: Fields = {
  checksum: choice('sha1', 'sha256', 'sha512'),
  metadata: leaf(
    'an object of texts whose names are ASCII without spaces and commas, at most 100 of them and 8192 characters',
    isMetadata,
  ),
  withCreation: yesOrNo(),
}

/** @throws {TypeError} naming the option, what was given and what is allowed. */
export function checkTusOptions(given: unknown): TusOptions {
  const options = checkOptions('tus options', FIELDS, given) as TusOptions
  return options.metadata ? { ...options, metadata: { ...options.metadata } } : options
}

/** Headers have an end: Node takes 16 KiB of them, and base64 makes four bytes of three. */
function isMetadata(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const entries = Object.entries(value)
  return (
    entries.length <= 100 &&
    entries.every(([name, text]) => /^[!-+\--~]+$/.test(name) && typeof text === 'string') &&
    entries.flat().join('').length <= 8192
  )
}
