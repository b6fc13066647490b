/** An upload's line to the engine: how it is described there, its half of a protocol of the user's own, and how its answer is handed over. */
import { formParts } from '../loading/form-parts.ts'
import type { Json } from '../model/json.ts'
import { named } from '../model/named-response.ts'
import { URLResponse } from '../model/response.ts'
import type { UploadResumeData } from '../model/resume-data.ts'
import { isOwnProtocol, type UploadBody } from '../model/upload-options.ts'
import type { UploadClient, UploadProtocol } from '../model/upload-protocol.ts'
import { describeCause, URLError } from '../model/url-error.ts'
import type { NewTransfer, NewUpload, UploadSource } from '../wire/commands.ts'
import type { EngineEvent } from '../wire/events.ts'
import type { Answer, Question } from '../wire/questions.ts'
import type { OpenQuestion } from './open-questions.ts'
import { TransferRun } from './transfer-run.ts'
import type { UploadInlet, UploadOrigin, UploadResult, UploadTask } from './upload-task.ts'

export class UploadRun extends TransferRun<UploadTask, UploadOrigin, UploadResult> {
  declare readonly inlet: UploadInlet
  #source: UploadSource | null = null
  /** The attempt that last asked what its protocol does. */
  #attempt = { number: 0, abort: new AbortController() }

  override async requestFilePermission(): Promise<boolean> {
    const handle = (await this.#tell({ do: 'handle' })) as {
      requestPermission?(wish: object): Promise<PermissionState>
    } | null
    const granted = (await handle?.requestPermission?.({ mode: 'read' })) === 'granted'
    if (granted) await this.#tell({ do: 'look' })
    return granted
  }

  protected describe(common: NewTransfer): NewUpload {
    const { options, resumeData, body } = this.inlet.origin
    const { protocol = 'plain', chunkSize = 'auto' } = options
    const own = isOwnProtocol(protocol)
    const source = this.#source ?? sourceOf(body ?? '')
    // It crosses once.
    this.#source = source.from instanceof ReadableStream ? { ...source, from: null } : source
    const { name, ...more } = typeof protocol === 'string' ? { name: protocol } : protocol
    const plainOptions = own ? null : (more as Json)
    return {
      ...common,
      kind: 'upload',
      resumeData: resumeData as UploadResumeData | null,
      protocol: name,
      options: plainOptions,
      chunkSize: chunkSize === 'auto' ? null : chunkSize,
      parallel: options.parallel ?? null,
      bytesPerSecond: options.bytesPerSecond ?? null,
      source,
    }
  }

  protected moved({ accepted = 0 }: { readonly accepted?: number }): void {
    this.inlet.accept(accepted)
    this.bytes.moved('didSendBodyData')
  }

  protected override answer(question: Question, open: OpenQuestion): Promise<Answer> {
    if (question.ask === 'body') return this.#bodyAgain(question.offset)
    if (question.ask === 'protocol') return this.#protocol(question)
    return super.answer(question, open)
  }

  protected async finish(event: Extract<EngineEvent, { type: 'finished' | 'uploaded' }>): Promise<void> {
    if (event.type !== 'uploaded') return
    const { task, teller, origin, progress, responded, accept } = this.inlet
    const head = named(event.response)
    const response = new URLResponse(head)
    responded(head)
    const { cancelled } = this
    teller.last = true
    if (!origin.promised && !cancelled) {
      await teller.ask('didReceiveResponse', (delegate) => delegate.didReceiveResponse?.(task, response))
      if (event.data.byteLength > 0)
        await teller.ask('didReceiveData', (delegate) => delegate.didReceiveData?.(task, event.data.slice()))
    }
    const error = teller.failure ?? cancelled
    const { total } = task.progress.upload
    if (!error && total !== null) accept(total)
    progress.end(error ? null : total)
    await this.over(error, event.metrics, error ? null : { data: event.data, response })
  }

  async #bodyAgain(offset: number): Promise<UploadSource | null> {
    const { task, teller } = this.inlet
    // An engine that died took none of it along; the page has it still, unless it was a stream.
    if (this.#source?.from) return this.#source
    const body = await teller.question('needNewBodyStream', (delegate) => delegate.needNewBodyStream?.(task, offset))
    return body ? sourceOf(body) : null
  }

  /** One method of a protocol of the user's own; what it wants to be sent, the engine sends. */
  async #protocol({ name, method, given }: Extract<Question, { ask: 'protocol' }>): Promise<Answer> {
    const { origin, task } = this.inlet
    const url = task.originalRequest.url
    const protocol = isOwnProtocol(origin.options.protocol) ? origin.options.protocol : origin.protocolOf(name)
    if (!protocol)
      throw new URLError('unsupportedByPlatform', {
        url,
        phase: 'setup',
        why: 'its protocol is not among the configuration’s uploadProtocols',
      })
    const { last, attempt } = given.at(-1) as { last: boolean; attempt: number }
    const run = protocol[method as keyof UploadProtocol] as ((...all: unknown[]) => Promise<unknown>) | undefined
    try {
      return plainData(await run?.call(protocol, ...given.slice(0, -1), this.#client(last, attempt)))
    } catch (thrown) {
      if (URLError.is(thrown)) throw thrown
      const why = `the protocol ${protocol.name} threw in ${method}: ${describeCause(thrown) ?? 'nothing'}`
      throw new URLError('delegateFailed', { url, phase: 'setup', retryable: false, why, cause: thrown })
    }
  }

  #client(last: boolean, attempt: number): UploadClient {
    if (attempt !== this.#attempt.number) {
      // What an earlier attempt still waits for is of no use to anybody.
      this.#attempt.abort.abort(new URLError('cancelled', { url: this.inlet.task.originalRequest.url }))
      this.#attempt = { number: attempt, abort: new AbortController() }
    }
    const { signal } = this.#attempt.abort
    return {
      last,
      signal,
      send: async (request) => {
        const answer = (await this.#tell({ do: 'send', request, attempt })) as { headers: [string, string][] }
        return { ...answer, headers: new Headers(answer.headers) } as Awaited<ReturnType<UploadClient['send']>>
      },
      read: (from, to) => this.#tell({ do: 'read', from, to, attempt }) as Promise<Uint8Array<ArrayBuffer>>,
      keep: async (state) => void (await this.#tell({ do: 'keep', state, attempt })),
    }
  }

  #tell(message: object): Promise<unknown> {
    return this.keeper.call('tell', this.uid, message)
  }
}

/** Headers do not cross as they are. */
function plainData(answer: unknown): Answer {
  const { end } = (answer ?? {}) as { end?: { headers: Headers } }
  return (end ? { end: { ...end, headers: [...end.headers] } } : (answer ?? null)) as Answer
}

/** A body as it crosses to the engine: nothing of a file is read, and a form is the list of its parts. */
function sourceOf(body: UploadBody): UploadSource {
  if (typeof body === 'string') return { from: new Blob([body]), name: '', type: 'text/plain;charset=UTF-8' }
  if (body instanceof URLSearchParams)
    return { from: new Blob([body.toString()]), name: '', type: 'application/x-www-form-urlencoded;charset=UTF-8' }
  if (body instanceof FormData) {
    const [parts, type] = formParts(body)
    return { from: new Blob(parts), name: '', type }
  }
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return { from: new Blob([body]), name: '', type: '' }
  if (body instanceof Blob) return { from: body, name: 'name' in body ? String(body.name) : '', type: body.type }
  return { from: body, name: 'getFile' in body ? body.name : '', type: '' }
}
