/**
 * Owns: the digest of what the origin serves, streamed, so that a file of many gigabytes costs no memory.
 */
import { createHash } from 'node:crypto'
import { type ByteSource, generated } from './byte-source.ts'

/** A SHA-256 in the two spellings tests want. */
export interface Sha256 {
  /** 64 hexadecimal digits. */
  readonly hex: string
  /** As in Subresource Integrity: `sha256-` and base64. */
  readonly sri: string
}

/** Bytes hashed before other work of the process gets its turn. */
const turn = 32 << 20
/** Answers kept: the same few files are asked for again and again. */
const known = new Map<string, Sha256>()

/** SHA-256 of a registered file, or of `size` bytes of generated content. */
export function sha256Of(
  file: { readonly seed: number; readonly size: number } | { sha256(): Promise<Sha256> },
): Promise<Sha256> {
  if ('sha256' in file) return file.sha256()
  return sha256OfSource(generated(file.seed, file.size), `${file.seed}/${file.size}`)
}

/** SHA-256 of any source; `key` names it in the cache. */
export async function sha256OfSource(source: ByteSource, key?: string): Promise<Sha256> {
  const cached = key === undefined ? undefined : known.get(key)
  if (cached) return cached
  const hash = createHash('sha256')
  for (let done = 0, sinceTurn = 0; done < source.length;) {
    const view = source.view(done, source.length - done)
    hash.update(view)
    done += view.length
    sinceTurn += view.length
    if (sinceTurn < turn) continue
    sinceTurn = 0
    await new Promise((resolve) => setImmediate(resolve))
  }
  const bytes = hash.digest()
  const digest = { hex: bytes.toString('hex'), sri: `sha256-${bytes.toString('base64')}` }
  if (key !== undefined) known.set(key, digest)
  return digest
}
