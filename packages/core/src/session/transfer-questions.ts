/** Answers what the engine asks while it sends a transfer's requests. */
import type { LoadQuestions } from '../loading/loader.ts'
import { URLError } from '../model/url-error.ts'
import type { WireRequest, WireResponse } from '../ports/transport.ts'
import type { Answer, Ask, HeadRecord, LoadedRecord, Question, RequestRecord } from '../wire/questions.ts'
import type { DataLane } from '../loading/data-lane.ts'
import { adoptedQuestions } from './adopted-questions.ts'
import type { SessionCore } from './session-core.ts'
import { resultOf } from '../wire/result.ts'
import type { TransferInlet } from './transfer-task.ts'
import { questionsOf } from './task-questions.ts'

/** In a background session redirects are always followed, and its tasks may be older than any delegate. */
export function transferQuestions(
  { task, teller, owner, origin, warn }: TransferInlet,
  { isBackground, configuration }: SessionCore,
  lane: DataLane,
): LoadQuestions {
  const { request, proposed } = origin
  const questions = questionsOf({ task, teller, adapters: owner.adapters, request, proposed, warn }, lane)
  if (isBackground) delete questions.redirect
  // Whatever is not http, and all where the caller has protocols of his own, is loaded here, where those are.
  if (configuration.protocols.length > 0 || !/^https?:/.test(request.url))
    questions.load = (wire) => lane.loadByProtocol(wire)
  return origin.adopted ? adoptedQuestions(origin.adopted, questions) : questions
}

export const asksOf = (questions: LoadQuestions): Ask[] => Object.keys(questions) as Ask[]

export async function answerTo(question: Question, questions: LoadQuestions): Promise<Answer> {
  switch (question.ask) {
    case 'adapt':
    case 'prepare':
      return recordOf((await questions[question.ask]?.(wireOf(question.request))) ?? null)
    case 'load': {
      const response = (await questions.load?.(wireOf(question.request))) ?? null
      return response && loadedRecord(response)
    }
    case 'answer':
      return recordOf((await questions.answer?.(wireOf(question.request), headOf(question.response))) ?? null)
    case 'redirect':
      return recordOf((await questions.redirect?.(headOf(question.response), wireOf(question.request))) ?? null)
    case 'retry':
      return (await questions.retry?.(URLError.fromRecord(question.error), question.attempt)) ?? null
    case 'body':
    case 'protocol':
      return null
  }
}

function loadedRecord(response: WireResponse): LoadedRecord {
  const { url, status, statusText, headers, redirected, headersFiltered, body } = response
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const step = await resultOf(() => body.read())
        // Of an Error nothing but its message would get over to a worker.
        if (!step.ok) controller.error(step)
        else if (step.value) controller.enqueue(step.value.slice())
        else controller.close()
      },
      cancel: () => body.cancel(),
    },
    { highWaterMark: 0 },
  )
  return { url, status, statusText, headers: [...headers], redirected, headersFiltered, body: stream }
}

const pairs = (headers: RequestRecord['headers']): [string, string][] => headers.map(([name, value]) => [name, value])

/** Nothing is sent from here: what only the sender needs is left blank. */
const wireOf = ({ url, method, headers }: RequestRecord): WireRequest => ({
  url,
  method,
  headers: new Headers(pairs(headers)),
  body: null,
  redirect: 'follow',
  credentials: 'omit',
  cache: 'default',
  signal: new AbortController().signal,
})

const headOf = ({ url, status, statusText, headers }: HeadRecord): WireResponse => ({
  url,
  status,
  statusText,
  headers: new Headers(pairs(headers)),
  redirected: false,
  headersFiltered: false,
  body: { read: async () => null, cancel: async () => {} },
})

const recordOf = (request: WireRequest | null): RequestRecord | null =>
  request && { url: request.url, method: request.method, headers: [...request.headers] }
