/**
 * A platform's Response whose body is read by its task: limits, progress and metrics hold for it. It stays the object the platform made
 * (status, headers, type, the same internals); only what concerns the body is ours.
 */
import { joined, ownBytes } from './joined.ts'

export interface Watch {
  /** The next bytes, or null at the end. They belong to the caller until the next call. */
  readonly read: () => Promise<Uint8Array | null>
  /** Nobody wants the rest. Must not reach the Response: it is kept until that is forgotten. */
  readonly cancel: () => void
}

interface Watched {
  /** Let go of at the body's end: a Response lives until it is collected, and must not keep its task that long. */
  watch: Watch
  readonly left: Left
  /** Read as a whole. */
  taken: boolean
  /** The platform's own way with bodies, for whoever wants more than the whole: streams, copies. */
  inner: Response | null
}

const watches = new WeakMap<Response, Watched>()
let forgotten: FinalizationRegistry<Left> | null = null

/** What is to be done for a Response that was collected; nothing of it reaches the Response. */
interface Left {
  cancel: () => void
}

const OVER: Watch = { read: async () => null, cancel() {} }

class WatchedResponse extends Response {
  override get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    return innerOf(this).body
  }

  override get bodyUsed(): boolean {
    const { taken, inner } = watchOf(this)
    return taken || inner?.bodyUsed === true
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return (await whole(this)).buffer
  }

  override async blob(): Promise<Blob> {
    return around(this, await whole(this)).blob()
  }

  override bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return whole(this)
  }

  override async formData(): Promise<FormData> {
    return around(this, await whole(this)).formData()
  }

  // oxlint-disable-next-line typescript/no-explicit-any
  override async json(): Promise<any> {
    return JSON.parse(await this.text()) as unknown
  }

  override async text(): Promise<string> {
    return new TextDecoder().decode(await whole(this))
  }

  override clone(): Response {
    const watched = watchOf(this)
    if (watched.taken) throw used()
    const inner = innerOf(this).clone()
    const copy = around(this, null)
    watches.set(copy, { ...watched, inner })
    return described(Object.setPrototypeOf(copy, WatchedResponse.prototype) as Response, this)
  }
}

/** @param native Not read yet; what is returned is this very object. */
export function watchedResponse(native: Response, watch: Watch): Response {
  const left = { cancel: watch.cancel }
  watches.set(native, { watch, left, taken: false, inner: null })
  // A body that nobody ever reads goes with its Response.
  forgotten ??= new FinalizationRegistry((of) => of.cancel())
  forgotten.register(native, left)
  return Object.setPrototypeOf(native, WatchedResponse.prototype) as Response
}

/** What a Response says of itself where its platform cannot know it; its copies say the same. */
export function described(response: Response, { url, redirected, type, status, ok }: ResponseFacts): Response {
  const facts = { url, redirected, type, status, ok }
  const values = Object.entries(facts).filter(([name, value]) => Reflect.get(response, name) !== value)
  if (values.length === 0) return response
  const clone = response.clone.bind(response)
  const copy = (): Response => described(clone(), facts)
  return Object.defineProperties<Response>(
    response,
    Object.fromEntries([...values, ['clone', copy]].map(([name, value]) => [name, { value, configurable: true }])),
  )
}

export type ResponseFacts = Pick<Response, 'url' | 'redirected' | 'type' | 'status' | 'ok'>

/** Pulled, so that a slow reader slows the server down; a byte stream where the platform has those. */
export function pulledStream({ read, cancel }: Watch): ReadableStream<Uint8Array<ArrayBuffer>> {
  const source = {
    async pull(controller: ReadableStreamController<Uint8Array<ArrayBuffer>>): Promise<void> {
      const bytes = await read()
      if (bytes) return controller.enqueue(ownBytes(bytes))
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

function over(watched: Watched): void {
  watched.watch = OVER
  watched.left.cancel = OVER.cancel
}

const watchOf = (response: Response): Watched => watches.get(response) as Watched

const used = (): TypeError => new TypeError('the body of this Response was read before, or is being read')

function innerOf(response: Response): Response {
  const watched = watchOf(response)
  if (watched.inner) return watched.inner
  // Whoever holds no more than the stream, or a copy, still holds the Response: it must not be taken for forgotten.
  const read = async (): Promise<Uint8Array | null> => {
    const held = watchOf(response)
    const bytes = await held.watch.read()
    if (!bytes) over(held)
    return bytes
  }
  watched.inner = around(response, pulledStream({ read, cancel: watched.watch.cancel }))
  // Whoever looks at the stream of what is read as a whole finds it taken.
  if (watched.taken) watched.inner.body?.getReader()
  return watched.inner
}

/** With the headers that decide what a body is. */
function around({ status, statusText, headers }: Response, body: BodyInit | null): Response {
  // Nothing that a Response with a body may not say gets here but odd numbers, which `described` puts right.
  return new Response(body, { status: status >= 200 && status <= 599 ? status : 200, statusText, headers })
}

/** All of it: without a stream in between, unless there is one already. */
async function whole(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const watched = watchOf(response)
  const { inner, watch } = watched
  if (watched.taken || inner?.bodyUsed === true || inner?.body?.locked === true) throw used()
  watched.taken = true
  // Not by the platform's own methods: Chromium's tell of no error but their own.
  const reader = inner?.body?.getReader()
  const next = reader ? async () => (await reader.read()).value ?? null : watch.read
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  try {
    for (let bytes = await next(); bytes; bytes = await next()) {
      chunks.push(ownBytes(bytes))
      length += bytes.byteLength
    }
  } finally {
    over(watched)
  }
  return joined(chunks, length)
}
