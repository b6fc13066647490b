/**
 * Owns: what the transport's cases stand on: the adapter, an origin, and reading a body as the port demands.
 */
import type { BodySource, Transport, WireRequest } from '../fakes/ports.ts'
import { type RemoteFile, type RemoteOrigin, remoteOrigin } from '../origin/remote-origin.ts'
import type { FileOptions } from '../origin/vocabulary.ts'
import { type ContractCase, check, rejection } from './cases.ts'

/** How the contract gets at an adapter. */
export interface TransportHarness {
  transport: () => Promise<Transport> | Transport
  /** URL of a running origin with its control endpoint. */
  origin: string
  /** True where that origin is not the page's, so that CORS rules apply. */
  crossOrigin?: boolean
  /**
   * True where the platform takes a gzip body cut short for a whole one (Chromium, Node's fetch). Default false.
   */
  lenientGzip?: boolean
}

/** What one case has. */
export interface Stage {
  readonly transport: Transport
  readonly remote: RemoteOrigin
  /** Registers a file of its own for this case. */
  readonly file: (options: FileOptions) => Promise<RemoteFile>
}

/** Adds a case. */
export type AddCase = (name: string, run: (stage: Stage) => Promise<void>) => void

/** What a browser, which tells nothing, says instead. */
export const opaque = 'opaqueNetworkFailure'

let files = 0

/** A list of cases, and what adds to it. */
export function collectCases(harness: TransportHarness): { cases: ContractCase[]; add: AddCase } {
  const cases: ContractCase[] = []
  const origin = remoteOrigin(harness.origin)
  const file = (options: FileOptions): Promise<RemoteFile> =>
    origin.file(`contract-${++files}-${Math.random().toString(36).slice(2)}`, options)
  const add: AddCase = (name, run) =>
    void cases.push({ name, run: async () => run({ transport: await harness.transport(), remote: origin, file }) })
  return { cases, add }
}

/** A request as the engine makes them. */
export const wire = (url: string, more: Partial<WireRequest> = {}): WireRequest => ({
  url,
  method: 'GET',
  headers: new Headers(),
  body: null,
  redirect: 'follow',
  credentials: 'omit',
  cache: 'no-store',
  signal: new AbortController().signal,
  ...more,
})

/** What the whole trip rejects with: the head or the body. */
export const trip = (from: Transport, request: WireRequest): Promise<unknown> =>
  rejection(async () => readAll((await from.send(request)).body), 'the request')

/** Reads to the end, or until `most` bytes are there; every piece is copied, as the port demands. */
export async function readAll(body: BodySource, most: number = Infinity): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  while (length < most) {
    const bytes = await body.read()
    if (bytes === null) break
    check(bytes.length > 0, 'a read gave no byte')
    pieces.push(bytes.slice())
    length += bytes.length
  }
  const all = new Uint8Array(length)
  pieces.reduce((at, bytes) => (all.set(bytes, at), at + bytes.length), 0)
  return all
}
