import type { OutgoingMessage } from '../../model/web-socket-options.ts'

/** How much a WebSocket's message counts for: its bytes, of a text its characters. */
export const sizeOf = (message: OutgoingMessage): number =>
  typeof message === 'string' ? message.length : message instanceof Blob ? message.size : message.byteLength
