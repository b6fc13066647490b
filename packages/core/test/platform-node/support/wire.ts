/** Owns: the short way to say a request and to read an answer. */
import type { BodySource, WireRequest } from '../../../src/ports/transport.ts'

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

export async function readAll(body: BodySource): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for (let bytes = await body.read(); bytes !== null; bytes = await body.read()) pieces.push(bytes.slice())
  return Buffer.concat(pieces)
}

/** What came before it failed, and what it failed with. */
export async function readUntilFailure(body: BodySource): Promise<{ bytes: Buffer; error: unknown }> {
  const pieces: Uint8Array[] = []
  try {
    for (let bytes = await body.read(); bytes !== null; bytes = await body.read()) pieces.push(bytes.slice())
  } catch (error) {
    return { bytes: Buffer.concat(pieces), error }
  }
  throw new Error('it did not fail')
}
