/**
 * Owns: a request's body on its way out, read as it is sent. Why not gathered first: a blob may be a file of any size, and a stream may
 * never end.
 */
import { formParts } from '../../loading/form-parts.ts'

export interface OutgoingBody {
  /** Bytes, or null where nobody knows. */
  readonly length: number | null
  /** Whether it can be opened again. */
  readonly repeatable: boolean
  open(): ReadableStream<Uint8Array>
}

/** A body as it is sent, and the type that it has by itself. */
export async function outgoingBody(
  body: BodyInit | null,
): Promise<[string | Uint8Array | OutgoingBody | null, string | null]> {
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) return [body, null]
  if (body instanceof ReadableStream) return [{ length: null, repeatable: false, open: () => body }, null]
  if (body instanceof Blob) return [partsBody([body]), body.type === '' ? null : body.type]
  if (body instanceof FormData) {
    const [parts, type] = formParts(body)
    return [partsBody(parts), type]
  }
  const response = new Response(body)
  return [new Uint8Array(await response.arrayBuffer()), response.headers.get('content-type')]
}

/** One part after another, each opened when its turn comes. */
function partsBody(parts: readonly (Blob | Uint8Array)[]): OutgoingBody {
  const length = parts.reduce((sum, part) => sum + (part instanceof Blob ? part.size : part.length), 0)
  const open = (): ReadableStream<Uint8Array> => {
    const bytes = bytesOf(parts)
    return new ReadableStream(
      {
        async pull(controller) {
          const { value, done } = await bytes.next()
          if (done) controller.close()
          else controller.enqueue(value)
        },
        cancel: async () => void (await bytes.return()),
      },
      { highWaterMark: 0 },
    )
  }
  return { length, repeatable: true, open }
}

async function* bytesOf(parts: readonly (Blob | Uint8Array)[]): AsyncGenerator<Uint8Array, void, void> {
  for (const part of parts) {
    if (part instanceof Blob) yield* part.stream()
    else yield part
  }
}
