/**
 * Owns which headers a browser keeps to itself (Fetch Standard §2.2.2, forbidden request-headers, and what each browser adds). No list:
 * a Request leaves out what its browser will not send, so that one is asked.
 */
import type { DroppedHeaders } from '../../model/dropped-headers.ts'

/** Forbidden for some of their values only. */
const OVERRIDE = /^x-(http-)?method/

/** Remembers what it was told of a name: a Request costs more than a request may. */
export function createDroppedHeaders(): DroppedHeaders {
  const known = new Map<string, boolean>()
  return (headers) => {
    const dropped: string[] = []
    for (const [name, value] of headers) {
      const isDropped = known.get(name) ?? !new Request(self.origin, { headers: { [name]: value } }).headers.has(name)
      if (!OVERRIDE.test(name)) known.set(name, isDropped)
      if (isDropped) dropped.push(name)
    }
    return dropped
  }
}
