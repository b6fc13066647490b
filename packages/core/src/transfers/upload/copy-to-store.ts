/** Copies what would go with its page into the engine's own store: streams, which are read once, and blobs of a background session. */
import { URLError } from '../../model/url-error.ts'
import type { FileStore, FileWriter } from '../../ports/file-store.ts'

/** Bytes that are read of a blob at once. */
const PIECE = 4 << 20

/** The most that is copied of a blob, which can be sent without: beyond, a later life has to ask for it (bytes). */
export const COPY_BUDGET: number = 2 * 1024 ** 3

/** For whoever uses what is there before all of it is. */
export interface CopyWatch {
  opened(writer: FileWriter): void
  /** @param size Bytes that are written by now. */
  written(size: number): void
  /** The writer is closed behind this. */
  closing(): Promise<unknown>
}

/**
 * Bytes copied.
 * @throws {URLError} `noSpaceLeft`, `cannotWriteToFile`; the signal's reason.
 */
export async function copyToStore(
  from: Blob | ReadableStream<Uint8Array>,
  files: FileStore,
  id: string,
  signal: AbortSignal,
  watch: CopyWatch | null = null,
): Promise<number> {
  const writer = await files.open(id)
  watch?.opened(writer)
  try {
    await writer.truncate(0)
    let size = 0
    for await (const bytes of piecesOf(from, signal)) {
      signal.throwIfAborted()
      await writer.write(bytes, size)
      size += bytes.byteLength
      watch?.written(size)
    }
    // A stream that was cancelled looks like one that came to its end.
    signal.throwIfAborted()
    await writer.flush()
    return size
  } finally {
    await watch?.closing()
    await writer.close()
  }
}

async function* piecesOf(from: Blob | ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (from instanceof Blob) {
    for (let at = 0; at < from.size; at += PIECE) yield new Uint8Array(await from.slice(at, at + PIECE).arrayBuffer())
    return
  }
  const reader = from.getReader()
  signal.addEventListener('abort', () => void reader.cancel(signal.reason).catch(() => {}), { once: true })
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    if (!(value instanceof Uint8Array))
      throw new URLError('cannotDecodeRawData', {
        phase: 'storage',
        why: 'the stream gave something that is no Uint8Array',
      })
    yield value
  }
}
