/** Answers what the engine asks while it sends a transfer's requests. */
import type { LoadQuestions } from '../loading/loader.ts'
import { URLError } from '../model/url-error.ts'
import type { WireRequest, WireResponse } from '../ports/transport.ts'
import type { Answer, Ask, AskedRecord, HeadRecord, LoadedRecord, Question, RequestRecord } from '../wire/questions.ts'
import type { DataLane } from '../loading/data-lane.ts'
import type { OpenQuestion } from './open-questions.ts'
import { adoptedQuestions } from './adopted-questions.ts'
import type { SessionCore } from './session-core.ts'
import { resultOf } from '../wire/result.ts'
import type { TransferInlet } from './transfer-task.ts'
import { questionsOf } from './task-questions.ts'

/** In a background session redirects are always followed, and its tasks may be older than any delegate. */
export function transferQuestions(
  { task, teller, owner, origin, warn, waits, sent }: TransferInlet,
  { isBackground, configuration }: SessionCore,
  lane: DataLane,
): LoadQuestions {
  const { request, proposed } = origin
  const questions = questionsOf({ task, teller, owner, request, proposed, warn, waits, sent }, lane)
  if (isBackground) delete questions.redirect
  // Whatever is not http, and all where the caller has protocols of his own, is loaded here, where those are.
  if (configuration.protocols.length > 0 || !/^https?:/.test(request.url))
    questions.load = (wire) => lane.loadByProtocol(wire)
  return origin.adopted ? adoptedQuestions(origin.adopted, questions) : questions
}

export const asksOf = (questions: LoadQuestions): Ask[] => Object.keys(questions) as Ask[]

/** @throws What whoever is asked throws. */
export async function answerTo(
  question: Question,
  questions: LoadQuestions,
  { signal, over }: OpenQuestion,
): Promise<Answer> {
  const wireOf = (asked: AskedRecord): WireRequest => requestOf(asked, signal)
  switch (question.ask) {
    case 'adapt':
    case 'prepare':
      return recordOf((await questions[question.ask]?.(wireOf(question.request))) ?? null)
    case 'load': {
      const response = (await questions.load?.(wireOf(question.request))) ?? null
      return response && loadedRecord(response, over)
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

function loadedRecord(response: WireResponse, over: () => void): LoadedRecord {
  const { url, status, statusText, headers, redirected, headersFiltered, body } = response
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const step = await resultOf(() => body.read())
        if (!step.ok || !step.value) over()
        // Of an Error nothing but its message would get over to a worker.
        if (!step.ok) controller.error(step)
        else if (step.value) controller.enqueue(step.value.slice())
        else controller.close()
      },
      cancel() {
        over()
        return body.cancel()
      },
    },
    { highWaterMark: 0 },
  )
  return { url, status, statusText, headers: [...headers], redirected, headersFiltered, body: stream }
}

const pairs = (headers: RequestRecord['headers']): [string, string][] => headers.map(([name, value]) => [name, value])

/** Nothing is sent from here: what only the sender needs is left blank. */
const requestOf = ({ headers, ...asked }: AskedRecord, signal: AbortSignal): WireRequest => ({
  ...asked,
  headers: new Headers(pairs(headers)),
  redirect: 'follow',
  signal,
})

const headOf = ({ headers, ...head }: HeadRecord): WireResponse => ({
  ...head,
  headers: new Headers(pairs(headers)),
  body: { read: async () => null, cancel: async () => {} },
})

const recordOf = (request: WireRequest | null): RequestRecord | null =>
  request && { url: request.url, method: request.method, headers: [...request.headers] }
