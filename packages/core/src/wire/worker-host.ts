/**
 * An engine in a dedicated worker, called through comlink. Events come on a port of our own, and the
 * worker's death shows by the lock it held: a worker that is ended fires no event.
 */
import { transfer, wrap, type Remote } from 'comlink'
import { URLError } from '../model/url-error.ts'
import type { Connection, Rung } from './connection.ts'
import type { EventBatch } from './events.ts'
import { WORKER_READY, type WorkerDoor } from './worker-door.ts'

/** Milliseconds a worker may take to load and answer before the next way is tried. */
const START_LIMIT = 30_000

export interface WorkerTools {
  readonly uid: () => string
  /** Resolves when nobody holds the lock any more; rejects when the signal fires. Null where there are no locks. */
  readonly whenReleased: ((name: string, signal: AbortSignal) => Promise<void>) | null
  /** Calls back when the page hears that the network is there or that it woke up; returns what ends it. */
  readonly onNudge: (listener: (event: 'online' | 'wake') => void) => () => void
}

export function workerRung(name: string, spawn: () => Worker, tools: WorkerTools): Rung {
  return { name, connect: (onEvents) => connect(spawn, onEvents, tools) }
}

async function connect(
  spawn: () => Worker,
  onEvents: (batch: EventBatch) => void,
  tools: WorkerTools,
): Promise<Connection> {
  const worker = spawn()
  const lost = Promise.withResolvers<void>()
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  worker.addEventListener('error', (event) => {
    event.preventDefault()
    const why = event.message || 'the browser refused it (content security policy, or the file is missing)'
    failed.reject(new URLError('backgroundSessionWasDisconnected', { why }))
    lost.resolve()
  })
  const timer = setTimeout(
    () => failed.reject(new URLError('backgroundSessionWasDisconnected', { why: `no answer in ${START_LIMIT} ms` })),
    START_LIMIT,
  )
  const lockName = `urlsession:worker:${tools.uid()}`
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = (event: MessageEvent<EventBatch>) => onEvents(event.data)
  // Held by the connection for its whole life: comlink drops the replies to a proxy that was collected.
  const door: Remote<WorkerDoor> = wrap<WorkerDoor>(worker)
  try {
    await Promise.race([announced(worker), failed.promise])
    await Promise.race([door.connect(transfer(port2, [port2]), lockName), failed.promise])
  } catch (error) {
    worker.terminate()
    port1.close()
    throw error
  } finally {
    clearTimeout(timer)
  }
  const watch = new AbortController()
  const stopNudging = tools.onNudge((event) => void door.call('nudge', [event]).catch(() => {}))
  tools.whenReleased?.(lockName, watch.signal).then(
    () => lost.resolve(),
    () => {},
  )
  return {
    service: {
      call(name, ...args) {
        const place = streamIn(args)
        if (!place) return door.call(name, args) as never
        const { holder, key, stream } = place
        if (canTransferStreams()) return door.call(name, transfer(args, [stream as unknown as Transferable])) as never
        const whole = gathered(stream).then(
          (body): unknown => {
            Reflect.set(holder, key, body)
            return door.call(name, args)
          },
          (failure: Error): unknown =>
            name === 'answer' ? door.call(name, [args[0], failure] as never) : Promise.reject(failure),
        )
        return whole as never
      },
    },
    lost: lost.promise,
    terminate() {
      watch.abort()
      stopNudging()
      worker.terminate()
      port1.close()
    },
  }
}

interface Place {
  readonly holder: object
  readonly key: string
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>
}

/** A body among the arguments: of an answer, or of an upload. */
function streamIn([first, second]: readonly unknown[]): Place | null {
  for (const [holder, key] of [
    [(second as { value?: unknown } | undefined)?.value, 'body'],
    [(second as { value?: unknown } | undefined)?.value, 'from'],
    [(first as { source?: unknown } | undefined)?.source, 'from'],
  ] as const) {
    const stream: unknown = typeof holder === 'object' && holder !== null ? Reflect.get(holder, key) : null
    if (stream instanceof ReadableStream) return { holder: holder as object, key, stream }
  }
  return null
}

/** Not in every browser; those that cannot throw a DataCloneError. */
function canTransferStreams(): boolean {
  try {
    const stream = new ReadableStream()
    structuredClone(stream, { transfer: [stream as unknown as Transferable] })
    return true
  } catch {
    return false
  }
}

/** The whole body as a Blob; rejects with what it failed with, which was made to be cloned (`transfer-questions.ts`). */
async function gathered(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Blob> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  // By hand: of an error that is not an Error, Chromium's Response tells nothing.
  const reader = stream.getReader()
  for (let step = await reader.read(); !step.done; step = await reader.read()) chunks.push(step.value)
  return new Blob(chunks)
}
/** Resolves when the worker says that it listens; what is posted before that may be lost while it still loads. */
function announced(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    const hear = (event: MessageEvent): void => {
      if (event.data !== WORKER_READY) return
      worker.removeEventListener('message', hear)
      resolve()
    }
    worker.addEventListener('message', hear)
  })
}

/**
 * A worker from any origin: what lies elsewhere is loaded by a small script of our own, with a dynamic import,
 * which content security policies judge as a script and not as a worker.
 * @param before Statements for that script, to run before anything is loaded.
 * @throws {DOMException} where the browser refuses at once.
 */
export function openWorker(
  url: string | URL,
  name: string,
  always: 'direct' | 'blob' | 'auto' = 'auto',
  before: readonly string[] = [],
): Worker {
  const target = new URL(url, location.href)
  if (always === 'direct' || (always === 'auto' && target.origin === location.origin))
    return new Worker(target, { type: 'module', name })
  const script = new Blob([[...before, `await import(${JSON.stringify(target.href)})`].join('\n')], {
    type: 'text/javascript',
  })
  const address = URL.createObjectURL(script)
  const worker = new Worker(address, { type: 'module', name })
  // The browser has taken hold of the script once the worker says anything, or failed to start.
  const release = (): void => URL.revokeObjectURL(address)
  worker.addEventListener('message', release, { once: true })
  worker.addEventListener('error', release, { once: true })
  return worker
}
