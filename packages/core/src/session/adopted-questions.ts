/** What the engine is answered that goes on with a data task's request: its first question for bytes has its answer already. */
import type { LoadQuestions } from '../loading/loader.ts'
import type { WireResponse } from '../ports/transport.ts'

/** Whoever has a say in requests has had it for the one that was sent, and has it again for those that follow. */
export function adoptedQuestions(answer: WireResponse, questions: LoadQuestions): LoadQuestions {
  let held: WireResponse | null = answer
  /** The question is about the request that was sent. */
  let first = true
  return {
    ...questions,
    adapt(wire) {
      first = held !== null
      // Whatever became of it, nobody wants the rest.
      if (!first) void answer.body.cancel()
      return first ? wire : (questions.adapt?.(wire) ?? wire)
    },
    ...(questions.prepare && { prepare: (wire) => (first ? wire : (questions.prepare?.(wire) ?? wire)) }),
    async load(wire) {
      if (!first) return (await questions.load?.(wire)) ?? null
      held = null
      return answer
    },
    ...(questions.answer && {
      answer: async (wire, response) => (first ? null : ((await questions.answer?.(wire, response)) ?? null)),
    }),
    redirect(response, next) {
      if (first) return null
      return questions.redirect ? questions.redirect(response, next) : next
    },
    ...(questions.retry && {
      retry: async (error, attempt) =>
        first && error.status !== null ? null : ((await questions.retry?.(error, attempt)) ?? null),
    }),
  }
}
