/**
 * A protocol that the session runs, because it holds functions of the user: each method is asked for, and what it wants to be sent comes
 * back as a message while the answer is waited for.
 */
import type { Json } from '../../model/json.ts'
import type { UploadAnswer, UploadClient, UploadProtocol, UploadRequest } from '../../model/upload-protocol.ts'
import type { Answer, UploadQuestion } from '../../wire/questions.ts'

type Asking = (question: UploadQuestion) => Promise<Answer>

/** What a session's half of a protocol wants of the engine. */
export type ProtocolWish =
  | { readonly do: 'send'; readonly request: UploadRequest }
  | { readonly do: 'read'; readonly from: number; readonly to: number }
  | { readonly do: 'keep'; readonly state: Json }

/** An answer as it crosses. */
export interface AnswerRecord extends Omit<UploadAnswer, 'headers'> {
  readonly headers: [string, string][]
}

/** @param attempt Which of the upload's attempts asks: what outlives it has no say in the next. */
export const pageProtocol = (name: string, attempt: number, ask: Asking): UploadProtocol => {
  const call =
    <T>(method: keyof UploadProtocol) =>
    async (...given: readonly unknown[]): Promise<T> => {
      const client = given.at(-1) as UploadClient
      const { last } = client
      return revived(
        await ask({ ask: 'protocol', name, method, given: [...given.slice(0, -1), { last, attempt }] }),
      ) as T
    }
  return {
    name,
    create: call('create'),
    locate: call('locate'),
    part: call('part'),
    finish: call('finish'),
    cancel: call('cancel'),
  }
}

function revived(answer: Answer): unknown {
  const { end } = (answer ?? {}) as { end?: AnswerRecord }
  return end ? { end: { ...end, headers: new Headers(end.headers) } } : answer
}

/** Does what the session's half of a protocol wants. */
export async function granted(wish: ProtocolWish, client: UploadClient): Promise<unknown> {
  switch (wish.do) {
    case 'send': {
      const answer = await client.send(wish.request)
      return { ...answer, headers: [...answer.headers] } satisfies AnswerRecord
    }
    case 'read':
      return client.read(wish.from, wish.to)
    case 'keep':
      return client.keep(wish.state)
  }
}
