/** Owns which headers are not sent as they were given: those that say how the body is framed, which `http-exchange.ts` decides. */
import type { DroppedHeaders } from '../../model/dropped-headers.ts'

const FRAMING = new Set(['content-length', 'transfer-encoding'])

export const droppedHeaders: DroppedHeaders = (headers) =>
  [...headers].map(([name]) => name).filter((name) => FRAMING.has(name))
