/**
 * What is asked, and shown, of a WebSocket's handshake: by the ws URL that its task has, though everything below asks for it by an http
 * one.
 */
import type { DataLane } from '../loading/data-lane.ts'
import type { LoadQuestions } from '../loading/loader.ts'
import { asHandshakeURL, asSocketURL, SOCKET_SCHEMES } from '../model/schemes.ts'
import { URLError } from '../model/url-error.ts'
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
      const url = asSocketURL(wanted.url)
      if (url.includes('#') || wanted.method !== 'GET')
        throw new URLError('badURL', { url, phase: 'setup', why: 'a WebSocket has no fragment, and no method but GET' })
      return { ...wanted, url: asHandshakeURL(url) }
    },
  }
}
