/**
 * Owns: asking for compressed answers, where a request's answer is taken on the spot. Why not for all requests: a download can only go
 * on from a byte of the file, not of its compressed form.
 */
import type { Transport } from '../../ports/transport.ts'
import { CODINGS } from './content-coding.ts'

/** Asks for every coding that can be undone, where the caller asks for none by himself, nor for a part (WHATWG fetch §4.6). */
export const codedTransport = (next: Transport): Transport => ({
  ...next,
  send(request) {
    if (request.headers.has('accept-encoding') || request.headers.has('range')) return next.send(request)
    const headers = new Headers(request.headers)
    headers.set('accept-encoding', CODINGS)
    return next.send({ ...request, headers })
  },
})
