/** A WebSocket's message on its way out: what is one, and how its sender learns that it was not sent. */
import type { URLError } from '../../model/url-error.ts'
import type { OutgoingMessage } from '../../model/web-socket-options.ts'

/** A message as the platform takes it. */
export type Message = string | Uint8Array<ArrayBuffer> | Blob

/** @throws {TypeError} for what is no message. */
export function messageOf(given: OutgoingMessage): Message {
  if (typeof given === 'string' || given instanceof Blob) return given
  if (given instanceof ArrayBuffer) return new Uint8Array(given)
  if (ArrayBuffer.isView(given)) return new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
  throw new TypeError(`send: the message was ${typeof given}; allowed is a text, a buffer or a Blob`)
}

/** The same failure, for this message. */
export const unsent = (error: URLError, message: OutgoingMessage): URLError =>
  Object.defineProperty(error.with({}), 'unsent', { value: message, configurable: true })
