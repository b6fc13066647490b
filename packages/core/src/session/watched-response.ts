/**
 * A platform's Response that tells when its body was taken. It stays the object the platform made (the same internals, the same
 * speed); only its methods are ours.
 */

interface Watch {
  /** The body's end, or what it failed with. */
  readonly ended: (error: unknown) => void
  /** The next bytes; null at the end. */
  readonly read: () => Promise<Uint8Array | null>
  /** Nobody wants the rest. */
  readonly cancel: () => void
  stream: ReadableStream<Uint8Array<ArrayBuffer>> | null
}

const watches = new WeakMap<Response, Watch>()
let forgotten: FinalizationRegistry<Watch> | null = null

class WatchedResponse extends Response {
  override get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    const watch = watches.get(this) as Watch
    return (watch.stream ??= pulledStream(watch.read, watch.cancel))
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    return taken(this, () => super.arrayBuffer())
  }

  override blob(): Promise<Blob> {
    return taken(this, () => super.blob())
  }

  override bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return taken(this, () => super.bytes())
  }

  override formData(): Promise<FormData> {
    return taken(this, () => super.formData())
  }

  // oxlint-disable-next-line typescript/no-explicit-any
  override json(): Promise<any> {
    return taken(this, () => super.json() as Promise<unknown>)
  }

  override text(): Promise<string> {
    return taken(this, () => super.text())
  }
}

/** @param native Not read yet; what is returned is this very object. */
export function watchedResponse(native: Response, watch: Omit<Watch, 'stream'>): Response {
  if (native.body === null) {
    watch.ended(null)
    return native
  }
  const own: Watch = { ...watch, stream: null }
  watches.set(native, own)
  // A body that nobody ever reads goes with its Response.
  forgotten ??= new FinalizationRegistry(({ cancel }) => cancel())
  forgotten.register(native, own)
  return Object.setPrototypeOf(native, WatchedResponse.prototype) as Response
}

async function taken<T>(response: WatchedResponse, take: () => Promise<T>): Promise<T> {
  // Taken before: this is refused, and says nothing of the body.
  if (response.bodyUsed) return take()
  const watch = watches.get(response)
  try {
    const value = await take()
    watch?.ended(null)
    return value
  } catch (error) {
    // What came whole and is no JSON is the caller's matter.
    watch?.ended(error instanceof SyntaxError ? null : error)
    throw error
  }
}

/** Pulled, so that a slow reader slows the server down; a byte stream where the platform has those. */
export function pulledStream(read: Watch['read'], cancel: () => void): ReadableStream<Uint8Array<ArrayBuffer>> {
  const source = {
    async pull(controller: ReadableStreamController<Uint8Array<ArrayBuffer>>): Promise<void> {
      const bytes = await read()
      if (bytes) return controller.enqueue(bytes.slice())
      controller.close()
      // A reader that brought its own buffer waits for it to come back.
      if ('byobRequest' in controller) controller.byobRequest?.respond(0)
    },
    cancel,
  }
  try {
    return new ReadableStream({ ...source, type: 'bytes' })
  } catch {
    return new ReadableStream(source, { highWaterMark: 0 })
  }
}
