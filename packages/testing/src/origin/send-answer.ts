/**
 * Owns: putting a decided answer on the wire: delay, framing, pace, and every way a body can end before its end.
 */
import type { Answer } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { sendMalformed } from './malformed.ts'
import type { Stalls } from './stalls.ts'
import type { Behaviour } from './vocabulary.ts'

/** Bytes handed to the socket at once. */
const slice = 256 << 10
/** How often a slowed body is fed, in milliseconds. */
const beat = 20

/** Sends `answer` as `behaviour` says. Resolves when there is nothing more to do for this exchange. */
export async function sendAnswer(
  exchange: Exchange,
  answer: Answer,
  behaviour: Behaviour,
  stalls: Stalls,
): Promise<void> {
  if (behaviour.headDelay && !(await exchange.pause(behaviour.headDelay))) return
  if (behaviour.beforeHead === 'reset') return exchange.reset()
  if (behaviour.beforeHead === 'close') return exchange.cut()
  if (behaviour.beforeHead === 'stall' && !(await stalls.hold(exchange))) return
  if (behaviour.malformed !== undefined) return sendMalformed(exchange, answer, behaviour.malformed)

  const bodiless = answer.status === 204 || answer.status === 304
  const { framing = 'length' } = behaviour
  if (framing === 'length' && !bodiless && !answer.headers.has('Content-Length')) {
    answer.headers.set('Content-Length', String(answer.body.length))
  }
  if (framing === 'close') {
    exchange.response.useChunkedEncodingByDefault = false
    exchange.response.shouldKeepAlive = false
  }
  exchange.head(answer.status, answer.headers)
  if (exchange.request.method === 'HEAD' || bodiless) return exchange.end()
  exchange.flushHead()
  if (await sendBody(exchange, answer, behaviour, stalls)) exchange.end()
}

/** Sends the body; true when it was sent to its end and the answer may end in good order. */
async function sendBody(exchange: Exchange, { body }: Answer, behaviour: Behaviour, stalls: Stalls): Promise<boolean> {
  const pace = behaviour.bytesPerSecond
  const { cutAfter = Infinity, resetAfter = Infinity, stallAfter = Infinity } = behaviour
  let stallDue = stallAfter
  const begun = performance.now()
  for (let sent = 0; ;) {
    if (sent >= Math.min(cutAfter, resetAfter)) {
      if (!(await exchange.written())) return false
      if (cutAfter <= sent) exchange.cut()
      else await exchange.reset()
      return false
    }
    if (sent >= stallDue) {
      stallDue = Infinity
      if (!(await exchange.written()) || !(await stalls.hold(exchange))) return false
    }
    if (sent >= body.length) return true
    let most = Math.min(slice, Math.min(cutAfter, resetAfter, stallDue) - sent)
    if (pace !== undefined) {
      const due = Math.floor(((performance.now() - begun) / 1000) * pace) - sent
      if (due < 1) {
        if (!(await exchange.pause(beat))) return false
        continue
      }
      most = Math.min(most, due)
    }
    const bytes = body.view(sent, most)
    sent += bytes.length
    if (!(await exchange.write(bytes))) return false
  }
}
