/**
 * Owns: the one shape in which the origin reads bodies: a length and views by offset.
 * Why: a generated file of 5 GiB, a literal JSON text and a gzip stream cut in the middle are then sent by the same code.
 */
import { contentView } from './content.ts'

/** Bytes by offset. `view` gives at least one byte while `offset < length`, and never more than `most`. */
export interface ByteSource {
  /** In bytes. */
  readonly length: number
  view(offset: number, most: number): Uint8Array
}

/** The generated content of `seed`, `size` bytes of it. */
export function generated(seed: number, size: number): ByteSource {
  return { length: size, view: (offset, most) => contentView(seed, offset, Math.min(most, size - offset)) }
}

/** Bytes held in memory. */
export function literal(bytes: Uint8Array): ByteSource {
  return { length: bytes.length, view: (offset, most) => bytes.subarray(offset, offset + most) }
}

/** Text as UTF-8. */
export function textual(text: string): ByteSource {
  return literal(new TextEncoder().encode(text))
}

/** `source` from `start` (inclusive) to `end` (exclusive), shifted by `lie` bytes: what a broken server reads. */
export function windowOf(source: ByteSource, start: number, end: number, lie = 0): ByteSource {
  return {
    length: end - start,
    view(offset, most) {
      const wanted = Math.min(most, end - start - offset)
      const from = start + offset + lie
      // A shifted window may run past either edge: what lies there repeats the file from the other end.
      const inside = ((from % source.length) + source.length) % source.length
      return source.view(inside, Math.min(wanted, source.length - inside))
    },
  }
}

/** `source` with the byte at `at` inverted. */
export function corrupted(source: ByteSource, at: number): ByteSource {
  return {
    length: source.length,
    view(offset, most) {
      const view = source.view(offset, most)
      if (at < offset || at >= offset + view.length) return view
      const copy = view.slice()
      copy[at - offset] = (copy[at - offset] ?? 0) ^ 0xff
      return copy
    },
  }
}

/** Every byte of a source in one piece: for small ones. */
export function allOf(source: ByteSource): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(source.length)
  for (let done = 0; done < bytes.length;) {
    const view = source.view(done, bytes.length - done)
    bytes.set(view, done)
    done += view.length
  }
  return bytes
}
