/** The shapes in which a request's answer can be had beside its bytes. To be imported when one of them is asked for. */
import type { DataLane } from '../loading/data-lane.ts'
import type { DataRequest } from '../model/request.ts'
import { URLError } from '../model/url-error.ts'
import type { DataTask } from './data-task.ts'
import { checkSchema, decodeJSON, type StandardSchemaV1 } from './decode-json.ts'
import { linesOf } from './lines.ts'
import { eventsOf, lastEventIDHeader, type ServerSentEvent } from './server-sent-events.ts'
import type { DataOptions } from './task-options.ts'

/** @param task Not yet resumed: nothing is sent for a schema that is none. */
export async function jsonOf<T>(task: DataTask, schema: StandardSchemaV1<unknown, T> | undefined): Promise<T> {
  try {
    if (schema !== undefined) checkSchema(schema)
  } catch (error) {
    task.cancel()
    throw error
  }
  const { data, response } = await task.resume().finished
  return decodeJSON(data, response, schema)
}

export const textLinesOf = (task: DataTask): AsyncGenerator<string> => linesOf(task)

export interface EventSource {
  readonly request: DataRequest
  readonly options: DataOptions
  readonly lane: DataLane
  /** Makes the task of one connection. */
  readonly make: (request: DataRequest, options: DataOptions) => DataTask
}

/** Server-sent events over as many connections as it takes; each is a task. */
export function serverSentEvents({ request, options, lane, make }: EventSource): AsyncGenerator<ServerSentEvent> {
  const { clock, chance, settings } = lane
  const bodyAgain = repeatedly(request)
  const open = async (lastEventID: string): ReturnType<Parameters<typeof eventsOf>[0]> => {
    const headers = new Headers(request.headers.map(([name, value]): [string, string] => [name, value]))
    if (!headers.has('accept')) headers.set('accept', 'text/event-stream')
    const id = lastEventIDHeader(lastEventID)
    if (id !== null) headers.set('last-event-id', id)
    // A stream that a cache had stored would be played again for ever; how often to try is decided over all connections.
    const each: DataRequest = { ...request, headers: [...headers], body: await bodyAgain(), cachePolicy: 'no-store' }
    // Between two events a server may say nothing for hours, as HTML has it, unless the caller knows better.
    const patient = request.timeout === null && { patient: true as const }
    const task = make({ ...each, ...patient }, { ...options, retry: false }).resume()
    const { response } = await task.answer()
    return { response, bytes: { [Symbol.asyncIterator]: () => chunksOf(task) } }
  }
  const { retry, signal } = options
  return eventsOf(open, {
    clock,
    chance,
    retry: { ...settings.dataRetry, ...(retry === false ? { attempts: 1 } : retry) },
    ...(signal ? { signal } : {}),
  })
}

/** The body for one connection after another. What it gives throws `requestBodyStreamExhausted` for a stream that was sent. */
function repeatedly({ url, body }: DataRequest): () => DataRequest['body'] | Promise<Blob> {
  if (body instanceof Request) {
    let read: Promise<Blob> | null = null
    return () => (read ??= body.blob())
  }
  let sent = false
  return () => {
    if (sent && body instanceof ReadableStream)
      throw new URLError('requestBodyStreamExhausted', { url, phase: 'setup', retryable: false })
    sent = true
    return body
  }
}

/** A body that is given up by whoever leaves it, also before its first step. */
function chunksOf(task: DataTask): AsyncIterator<Uint8Array> {
  const chunks = task[Symbol.asyncIterator]()
  return {
    next: () => chunks.next(),
    async return() {
      task.cancel()
      return { done: true, value: undefined }
    },
  }
}
