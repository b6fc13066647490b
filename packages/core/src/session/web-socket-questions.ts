/**
 * What is asked, and shown, of a WebSocket's handshake: by the ws URL that its task has, though everything below asks for it by an http
 * one.
 */
import type { DataLane } from '../loading/data-lane.ts'
import type { LoadQuestions } from '../loading/loader.ts'
import { asHandshakeURL, asSocketURL, SOCKET_SCHEMES, socketURLOf } from '../model/schemes.ts'
import { type Asked, questionsOf } from './task-questions.ts'

/** As for any task, but that an answer may name a WebSocket, and nothing else. */
export function socketQuestions(asked: Asked, lane: DataLane): LoadQuestions {
  const questions = questionsOf(
    {
      ...asked,
      owner: { adapters: asked.owner.adapters, schemes: SOCKET_SCHEMES },
      sent: (request) => asked.sent({ ...request, url: asSocketURL(request.url) }),
    },
    lane,
  )
  const adapt = questions.adapt?.bind(questions)
  if (!adapt) return questions
  return {
    ...questions,
    async adapt(wire) {
      const wanted = await adapt({ ...wire, url: asSocketURL(wire.url) })
      return { ...wanted, url: asHandshakeURL(socketURLOf(wanted)) }
    },
  }
}
