/** The short way to ask a transport, and to read what it answers. */
import type { BodySource, Transport, WireRequest, WireResponse } from '../../../../src/ports/transport.ts'

export const wire = (url: string, more: Partial<WireRequest> = {}): WireRequest => ({
  url,
  method: 'GET',
  headers: new Headers(),
  body: null,
  redirect: 'manual',
  credentials: 'omit',
  cache: 'default',
  signal: new AbortController().signal,
  ...more,
})

export async function readAll(body: BodySource): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = []
  for (let bytes = await body.read(); bytes !== null; bytes = await body.read()) pieces.push(new Uint8Array(bytes))
  return new Uint8Array(await new Blob(pieces).arrayBuffer())
}

export const readText = async (body: BodySource): Promise<string> => new TextDecoder().decode(await readAll(body))

/** A network that must not be reached. */
export const unreachable: Transport = {
  redirects: 'each-hop',
  strictDecoding: true,
  send: async ({ url }) => {
    throw new Error(`${url} went to the network`)
  },
}

/** Status, headers and bytes of what a transport answers. */
export async function ask(
  transport: Transport,
  url: string,
  headers: HeadersInit = {},
  more: Partial<WireRequest> = {},
): Promise<WireResponse & { readonly bytes: Uint8Array<ArrayBuffer> }> {
  const response = await transport.send(wire(url, { headers: new Headers(headers), ...more }))
  return { ...response, bytes: await readAll(response.body) }
}
