/**
 * Owns: undoing Content-Encoding, strictly. Why strictly: a compressed body that is cut short or followed by
 * something else is damage, and what is damaged must never be taken for the file.
 */
import * as zlib from 'node:zlib'
import type { Transform } from 'node:stream'
import { describeCause, URLError } from '../../model/url-error.ts'
import type { BodySource } from '../../ports/transport.ts'
import { READ_AHEAD } from './http-agents.ts'
import { ZstdFrames } from './zstd-frames.ts'

type Decoder = Transform & { readonly bytesWritten: number }

/** Nobody means more; each costs memory, so a server must not be able to ask for a hundred. */
const MOST_CODINGS = 3
const OPTIONS = { chunkSize: 128 << 10, readableHighWaterMark: READ_AHEAD }

const DECODERS: { readonly [coding: string]: (firstByte: number) => Decoder } = {
  gzip: () => zlib.createGunzip(OPTIONS),
  'x-gzip': () => zlib.createGunzip(OPTIONS),
  // The name means the zlib format, but some servers send the bare one.
  deflate: (firstByte) => ((firstByte & 0x0f) === 8 ? zlib.createInflate(OPTIONS) : zlib.createInflateRaw(OPTIONS)),
  br: () => zlib.createBrotliDecompress(OPTIONS),
  ...('createZstdDecompress' in zlib ? { zstd: () => zlib.createZstdDecompress(OPTIONS) } : {}),
}

/** As Accept-Encoding says it. */
export const CODINGS: string = Object.keys(DECODERS)
  .filter((coding) => coding !== 'x-gzip')
  .join(', ')

/**
 * The body with its codings undone, in the reverse of the order they are named. A coding that is not known
 * leaves the body as it is, as `fetch` does.
 * @throws {URLError} `cannotDecodeContentData` when there are too many.
 */
export function decoded(source: BodySource, contentEncoding: string | null, url: string): BodySource {
  const codings = (contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
  const named = codings.filter((coding) => coding !== '' && coding !== 'identity')
  if (!named.every((coding) => Object.hasOwn(DECODERS, coding))) return source
  if (named.length > MOST_CODINGS) throw damaged(url, `it has ${named.length} codings, one over the other`)
  return named.reduceRight<BodySource>((body, coding) => new DecodedBody(body, coding, url), source)
}

const damaged = (url: string, why: string, cause?: unknown): URLError =>
  new URLError('cannotDecodeContentData', { url, phase: 'body', why, ...(cause === undefined ? {} : { cause }) })

class DecodedBody implements BodySource {
  readonly #source: BodySource
  readonly #coding: string
  readonly #url: string
  #decoder: Decoder | null = null
  #feeding = false
  #over = false
  #failure: { readonly reason: unknown } | null = null
  #wake: (() => void) | null = null

  constructor(source: BodySource, coding: string, url: string) {
    this.#source = source
    this.#coding = coding
    this.#url = url
  }

  async read(): Promise<Uint8Array | null> {
    if (!this.#feeding) {
      this.#feeding = true
      this.#feed().catch((reason: unknown) => this.#fail(reason))
    }
    for (;;) {
      const chunk = this.#decoder?.read() as Buffer | null | undefined
      if (chunk) return chunk
      if (this.#failure) throw this.#failure.reason
      if (this.#over || this.#decoder?.readableEnded) return null
      await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = null
    }
  }

  async cancel(): Promise<void> {
    await this.#source.cancel()
    this.#fail(new URLError('cancelled', { url: this.#url, phase: 'body', why: 'the rest of the body was given up' }))
  }

  /** Hands the encoded bytes to the decoder, the next when it has used up those before. */
  async #feed(): Promise<void> {
    const frames = this.#coding === 'zstd' ? new ZstdFrames() : null
    let fed = 0
    for (let chunk = await this.#source.read(); chunk !== null; chunk = await this.#source.read()) {
      const decoder = (this.#decoder ??= this.#start(chunk[0] ?? 0))
      for (const piece of frames?.split(chunk) ?? [chunk]) {
        fed += piece.length
        await this.#digest(decoder, piece)
        if (decoder.bytesWritten < fed)
          throw damaged(this.#url, `something follows the end of its ${this.#coding} data`)
      }
    }
    if (frames?.complete === false) throw damaged(this.#url, 'its zstd data ends in the middle')
    // An answer without a byte has an empty body, whatever it says of its coding.
    if (this.#decoder === null) this.#over = true
    else this.#decoder.end()
    this.#wake?.()
  }

  #start(firstByte: number): Decoder {
    const decoder = (DECODERS[this.#coding] as (firstByte: number) => Decoder)(firstByte)
    const stir = (): void => this.#wake?.()
    for (const event of ['readable', 'end', 'close']) decoder.on(event, stir)
    decoder.on('error', (error) => this.#fail(this.#wrong(error)))
    return decoder
  }

  #digest(decoder: Decoder, bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      decoder.write(bytes, (error) => (error ? reject(this.#wrong(error)) : resolve()))
    })
  }

  #wrong(error: Error): URLError {
    return damaged(this.#url, `its ${this.#coding} data is wrong: ${describeCause(error) ?? ''}`, error)
  }

  #fail(reason: unknown): void {
    if (this.#over || this.#decoder?.readableEnded) return
    this.#failure ??= { reason }
    this.#decoder?.destroy()
    // Nothing more is wanted of a damaged body; after a failure of the source itself this does nothing.
    void this.#source.cancel()
    this.#wake?.()
  }
}
