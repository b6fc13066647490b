/** Owns how S3 cuts a file into parts, and how it lists them and is told of them. Pure. */
import type { Json } from '../../model/json.ts'
import type { UploadedPiece, UploadInfo } from '../../model/upload-protocol.ts'
import { URLError } from '../../model/url-error.ts'
import type { S3Checksum } from './s3-checksums.ts'
import { type Element, childText, escapeXML } from './s3-xml.ts'

// Written out: a product at the top of a file is code that a bundler keeps for everybody.
const MiB = 1_048_576
/** What AWS, R2, MinIO and Ceph agree on: 5 MiB to 5 GiB a part (the last may be smaller), 10,000 parts. */
const LEAST = 5_242_880
const MOST = 5_368_709_120
const PARTS = 10_000
/** 8 MiB, which the AWS command line takes as well. */
const USUAL = 8_388_608

/**
 * Bytes of each part but the last: all alike, as R2 demands.
 * @throws {URLError} `dataLengthExceedsMaximum` for a file that no number of parts can carry.
 */
export function partSizeFor({ size, chunkSize, url }: Pick<UploadInfo, 'size' | 'chunkSize' | 'url'>): number {
  if (size > MOST * PARTS)
    throw new URLError('dataLengthExceedsMaximum', {
      url,
      phase: 'setup',
      why: `S3 takes ${String(PARTS)} parts of 5 GiB, and this file has ${String(size)} bytes`,
    })
  const needed = Math.ceil(size / PARTS / MiB) * MiB
  return Math.min(MOST, Math.max(LEAST, needed, chunkSize ?? USUAL))
}

/** What S3 gave for a part. */
export type S3Receipt = { readonly etag: string; readonly checksum?: string }

/** What ListParts says: a page of parts, and where the next one begins. */
export interface PartList {
  readonly pieces: readonly UploadedPiece[]
  /** The number that the next page begins behind, or null. */
  readonly marker: number | null
}

const NAMES = { crc32: 'ChecksumCRC32', sha256: 'ChecksumSHA256' } as const

/** Only parts that have the size of the lane they are for: one of another size was cut for something else, and is sent again. */
export function readPartList(
  root: Element,
  size: number,
  { partSize, checksum }: { readonly partSize: number; readonly checksum: S3Checksum | null },
): PartList {
  const pieces = root.children.flatMap((part): UploadedPiece[] => {
    if (part.name !== 'Part') return []
    const from = (wholeNumber(childText(part, 'PartNumber')) - 1) * partSize
    const to = Math.min(from + partSize, size)
    const etag = childText(part, 'ETag')
    if (!(from >= 0) || !etag || wholeNumber(childText(part, 'Size')) !== to - from) return []
    const sum = checksum && childText(part, NAMES[checksum])
    return [{ from, to, receipt: { etag, ...(sum && { checksum: sum }) } }]
  })
  const marker = wholeNumber(childText(root, 'NextPartNumberMarker'))
  return { pieces, marker: childText(root, 'IsTruncated') === 'true' && marker > 0 ? marker : null }
}

const wholeNumber = (text: string | null): number => (text !== null && /^\d{1,16}$/.test(text) ? Number(text) : -1)

/** The receipts of all parts in their order; null where one is missing or is of no part. */
export function receiptsOf(pieces: readonly UploadedPiece[], size: number, partSize: number): S3Receipt[] | null {
  const receipts: S3Receipt[] = []
  for (const { from, to, receipt } of pieces.toSorted((one, other) => one.from - other.from)) {
    if (from !== receipts.length * partSize || to !== Math.min(from + partSize, size) || !isReceipt(receipt))
      return null
    receipts.push(receipt)
  }
  return receipts.length === Math.max(1, Math.ceil(size / partSize)) ? receipts : null
}

function isReceipt(value: Json | undefined): value is S3Receipt {
  return typeof value === 'object' && value !== null && 'etag' in value && typeof value.etag === 'string'
}

/** The body of CompleteMultipartUpload. */
export function completion(receipts: readonly S3Receipt[], checksum: S3Checksum | null): string {
  const parts = receipts.map(({ etag, checksum: sum }, index) => {
    const check = checksum && sum ? `<${NAMES[checksum]}>${escapeXML(sum)}</${NAMES[checksum]}>` : ''
    return `<Part><PartNumber>${String(index + 1)}</PartNumber><ETag>${escapeXML(etag)}</ETag>${check}</Part>`
  })
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`
}
