/** Answers what the engine asks while it sends a transfer's requests. */
import type { LoadQuestions } from '../loading/loader.ts'
import { URLError } from '../model/url-error.ts'
import type { WireRequest, WireResponse } from '../ports/transport.ts'
import type { Answer, Ask, HeadRecord, Question, RequestRecord } from '../wire/questions.ts'
import type { DownloadInlet } from './download-task.ts'
import { questionsOf } from './task-questions.ts'

/** In a background session redirects are always followed, and its tasks may be older than any delegate. */
export function transferQuestions({ task, teller, owner }: DownloadInlet, isBackground: boolean): LoadQuestions {
  const questions = questionsOf(task, teller, owner.adapters)
  if (isBackground) delete questions.redirect
  return questions
}

export const asksOf = (questions: LoadQuestions): Ask[] => Object.keys(questions) as Ask[]

export async function answerTo(question: Question, questions: LoadQuestions): Promise<Answer> {
  switch (question.ask) {
    case 'adapt':
    case 'prepare':
      return recordOf((await questions[question.ask]?.(wireOf(question.request))) ?? null)
    case 'answer':
      return recordOf((await questions.answer?.(wireOf(question.request), headOf(question.response))) ?? null)
    case 'redirect':
      return recordOf((await questions.redirect?.(headOf(question.response), wireOf(question.request))) ?? null)
    case 'retry':
      return (await questions.retry?.(URLError.fromRecord(question.error), question.attempt)) ?? null
  }
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
