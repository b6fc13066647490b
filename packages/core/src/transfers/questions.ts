/** The engine's open questions: each waits until the session answers, or its attempt ends. */
import type { LoadQuestions } from '../loading/loader.ts'
import type { WireRequest, WireResponse } from '../ports/transport.ts'
import { valueOf, type Result } from '../wire/result.ts'
import type { EngineEvent } from '../wire/events.ts'
import type { Answer, Ask, AskedRecord, HeadRecord, LoadedRecord, Question, RequestRecord } from '../wire/questions.ts'

export class Questions {
  readonly #emit: (event: EngineEvent) => void
  readonly #open = new Map<number, (result: Result<Answer>) => void>()
  #last = 0

  constructor(emit: (event: EngineEvent) => void) {
    this.#emit = emit
  }

  /** A late answer, or a second one, is nobody's. */
  answer(id: number, result: Result<Answer>): void {
    this.#open.get(id)?.(result)
    this.#open.delete(id)
  }

  async ask(uid: string, question: Question, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted()
    const id = ++this.#last
    const { promise, resolve, reject } = Promise.withResolvers<Result<Answer>>()
    // The signal is the attempt's, and goes with it.
    const stop = (): void => {
      if (this.#open.delete(id)) this.#emit({ type: 'withdrawn', uid, id })
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', stop, { once: true })
    this.#open.set(id, resolve)
    this.#emit({ type: 'question', uid, id, question })
    return valueOf(await promise)
  }

  /** For the loading chain: only what somebody wants to be asked. */
  of(uid: string, asks: readonly Ask[], signal: AbortSignal): LoadQuestions {
    const asked = (ask: Ask, wire: WireRequest, response?: HeadRecord): Promise<Answer> =>
      this.ask(uid, { ask, request: recordOf(wire), response } as Question, signal)
    const about = async (ask: Ask, wire: WireRequest, head?: WireResponse): Promise<WireRequest | null> =>
      merged(wire, await asked(ask, wire, head && headOf(head)))
    // What comes after a challenge says whether the credentials were good.
    let challenged = false
    const all: Required<LoadQuestions> = {
      adapt: async (wire) => (await about('adapt', wire)) ?? wire,
      prepare: async (wire) => (await about('prepare', wire)) ?? wire,
      load: async (wire) => loaded(await asked('load', wire), signal),
      async answer(wire, head) {
        challenged ||= isChallenge(head)
        return challenged ? about('answer', wire, head) : null
      },
      retry: async (error, attempt) =>
        (await this.ask(uid, { ask: 'retry', error: error.toRecord(), attempt }, signal)) as boolean | null,
      redirect: (head, next) => about('redirect', next, head),
    }
    return Object.fromEntries(asks.map((ask) => [ask, all[ask]]))
  }
}

function loaded(answer: Answer, signal: AbortSignal): WireResponse | null {
  const record = answer as LoadedRecord | null
  if (!record?.status) return null
  const { headers, body, ...head } = record
  const reader = (body instanceof Blob ? body.stream() : body)?.getReader()
  const cancel = async (): Promise<void> => reader?.cancel().catch(() => {})
  signal.addEventListener('abort', () => void cancel())
  return {
    ...head,
    headers: new Headers(headers as [string, string][]),
    body: {
      async read() {
        // What it fails with was made to be cloned.
        const step = await reader?.read().catch(valueOf<never>)
        // One that was cancelled looks like one that came to its end.
        signal.throwIfAborted()
        return step?.value ?? null
      },
      cancel,
    },
  }
}

const isChallenge = ({ status }: WireResponse): boolean => status === 401 || status === 407

const headOf = ({ url, status, statusText, headers, redirected, headersFiltered }: WireResponse): HeadRecord => ({
  url,
  status,
  statusText,
  headers: [...headers],
  redirected,
  headersFiltered,
})

const recordOf = ({ url, method, headers, body, credentials, cache }: WireRequest): AskedRecord => ({
  url,
  method,
  headers: [...headers],
  body: body as AskedRecord['body'],
  credentials,
  cache,
})

function merged(wire: WireRequest, answer: Answer): WireRequest | null {
  const record = answer as RequestRecord | null
  if (!record?.method) return null
  return { ...wire, ...record, headers: new Headers(record.headers as [string, string][]) }
}
