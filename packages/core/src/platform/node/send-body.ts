/** Owns: putting a request's body on its connection, and telling how that goes. */
import type { ClientRequest } from 'node:http'
import type { HttpRequest } from './http-exchange.ts'

/** Bytes of a body that are written at once, where somebody wants to know how it goes. */
const PIECE = 64 << 10

/** Pulled, as fast as the connection takes it; given up with the connection. */
export function sendBody(outgoing: ClientRequest, { body, onSent }: Pick<HttpRequest, 'body' | 'onSent'>): void {
  if (body === null) return void outgoing.end()
  const told = onSent && ((bytes: number): void => onSent(bytes, body.length))
  // What goes at once is told of when it has gone.
  if (body instanceof Uint8Array && (!told || body.length <= PIECE))
    return void outgoing.end(body, told && (() => told(body.length)))
  const broken = (cause: unknown): void =>
    void outgoing.destroy(cause instanceof Error ? cause : new Error(String(cause)))
  if (body instanceof Uint8Array) {
    write(outgoing, body, told).then(() => outgoing.end(), broken)
    return
  }
  const reader = body.open().getReader()
  // The first bytes may take their time.
  outgoing.flushHeaders()
  outgoing.once('close', () => void reader.cancel().catch(() => {}))
  let sent = 0
  const send = async (): Promise<void> => {
    for (let next = await reader.read(); !next.done && !outgoing.destroyed; next = await reader.read()) {
      await write(outgoing, next.value, told, sent)
      sent += next.value.length
    }
    outgoing.end()
  }
  send().catch(broken)
}

/** As fast as the connection takes it; a piece at a time where somebody listens, as what was taken of one write shows only at its end. */
async function write(
  outgoing: ClientRequest,
  bytes: Uint8Array,
  told: ((bytes: number) => void) | undefined,
  before: number = 0,
): Promise<void> {
  const most = told ? PIECE : bytes.length
  for (let at = 0; at < bytes.length && !outgoing.destroyed; at += most) {
    const piece = bytes.length > most ? bytes.subarray(at, at + most) : bytes
    if (outgoing.write(piece) || (await drained(outgoing))) told?.(before + at + piece.length)
  }
}

/** True: it takes more; or false: it is over. */
const drained = (outgoing: ClientRequest): Promise<boolean> =>
  new Promise((resolve) => {
    const over = (): void => {
      outgoing.off('drain', over).off('close', over)
      resolve(!outgoing.destroyed)
    }
    outgoing.on('drain', over).on('close', over)
  })
