/**
 * Owns: content codings of a whole body, made once for each entity.
 */
import { promisify } from 'node:util'
import { brotliCompress, constants, deflate, gzip } from 'node:zlib'
import { type ByteSource, allOf, literal } from './byte-source.ts'

type Coding = 'gzip' | 'br' | 'deflate'

/** The largest body that is encoded: it is held in memory. */
const limit = 64 << 20
const made = new WeakMap<ByteSource, Map<Coding, Promise<ByteSource>>>()

async function compress(bytes: Uint8Array, coding: Coding): Promise<ByteSource> {
  switch (coding) {
    case 'gzip':
      return literal(await promisify(gzip)(bytes, { level: 1 }))
    case 'deflate':
      return literal(await promisify(deflate)(bytes, { level: 1 }))
    case 'br':
      return literal(await promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }))
  }
}

/** The encoded form of `source`, which must be at most 64 MiB. */
export function encode(source: ByteSource, coding: Coding): Promise<ByteSource> {
  if (source.length > limit)
    throw new RangeError(`an encoded file must be at most ${limit} bytes; this one has ${source.length}`)
  const forms = made.get(source) ?? new Map<Coding, Promise<ByteSource>>()
  made.set(source, forms)
  const form = forms.get(coding) ?? compress(allOf(source), coding)
  forms.set(coding, form)
  return form
}
