/** The reader of short answers: the stream's own chunks, one after another. A buffer of our own would cost more than they do. */
import type { Reader } from './byob-reader.ts'

export function chunksOf(stream: ReadableStream<Uint8Array>): Reader {
  const reader = stream.getReader()
  return {
    async read() {
      for (;;) {
        const { value, done } = await reader.read()
        if (done) return null
        if (value.byteLength > 0) return value
      }
    },
    cancel: () => reader.cancel(),
  }
}
