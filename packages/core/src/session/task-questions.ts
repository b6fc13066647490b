/** What a task's delegates have to say while its requests are sent, as the loading chain asks it. */
import type { LoadQuestions } from '../loading/loader.ts'
import { normalizeRequest, storableRequest, type URLRequest } from '../model/request.ts'
import { URLResponse } from '../model/response.ts'
import type { WireRequest } from '../ports/transport.ts'
import type { DelegateTeller } from './delegate-teller.ts'
import type { AnyTask } from './delegate.ts'

/** Only those that somebody answers: the others cost nothing. */
export function questionsOf(task: AnyTask, teller: DelegateTeller): LoadQuestions {
  if (!teller.for('willPerformRedirection')) return {}
  return {
    async redirect({ url, status, statusText, headers }, next) {
      const response = new URLResponse({ url, status, statusText, headers: [...headers], filename: '' })
      const proposed: URLRequest = { url: next.url, method: next.method, headers: [...next.headers] }
      const answer = await teller.question('willPerformRedirection', (delegate) =>
        delegate.willPerformRedirection?.(task, response, proposed),
      )
      if (answer === null) return null
      return answer === undefined ? next : changed(next, answer)
    },
  }
}

/** What the delegate wants to be sent, where it says so, instead of what was proposed. */
function changed(next: WireRequest, answer: URLRequest): WireRequest {
  const wanted = storableRequest(normalizeRequest(answer, next.url))
  return {
    ...next,
    url: wanted.url,
    method: wanted.method,
    headers: new Headers(wanted.headers.map(([name, value]): [string, string] => [name, value])),
    body: wanted.body ?? (wanted.method === next.method ? next.body : null),
  }
}
