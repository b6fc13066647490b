/** The body of a Response that a protocol gave, pulled. */
import { URLError } from '../../model/url-error.ts'
import type { BodySource } from '../../ports/transport.ts'

/** @param onCancel Told when the reader gives the rest up, which then also aborts `signal`. */
export function streamBody(
  stream: ReadableStream<Uint8Array>,
  url: string,
  signal: AbortSignal,
  onCancel: (reason: URLError) => void,
): BodySource {
  const reader = stream.getReader()
  let ended = false
  // A pending read ends with the stream; a race against the signal would keep every read of a long body in memory.
  const stop = (): void => {
    ended = true
    reader.cancel(signal.reason).catch(() => {})
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  const finish = (): null => {
    ended = true
    signal.removeEventListener('abort', stop)
    return null
  }
  return {
    async read() {
      try {
        for (;;) {
          signal.throwIfAborted()
          if (ended) return null
          const { done, value } = await reader.read()
          signal.throwIfAborted()
          if (done) return finish()
          if (!(value instanceof Uint8Array)) throw notBytes(url)
          if (value.byteLength > 0) return value
        }
      } catch (cause) {
        finish()
        if (signal.aborted) throw signal.reason
        reader.cancel(cause).catch(() => {})
        throw URLError.from(cause, 'networkConnectionLost', { url, phase: 'body' })
      }
    },
    async cancel() {
      if (!ended) onCancel(new URLError('cancelled', { url, phase: 'body' }))
    },
  }
}

const notBytes = (url: string): URLError =>
  new URLError('badServerResponse', {
    url,
    phase: 'body',
    why: 'the protocol broke the rules: the body of its Response holds something other than a Uint8Array',
  })
