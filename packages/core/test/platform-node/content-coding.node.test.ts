/** Compressed bodies: whole ones arrive, damaged ones never pass for whole. */
import { randomBytes } from 'node:crypto'
import * as zlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { decoded } from '../../src/platform/node/content-coding.ts'
import { createFetchTransport } from '../../src/platform/node/fetch-transport.ts'
import { ZstdFrames } from '../../src/platform/node/zstd-frames.ts'
import type { BodySource } from '../../src/ports/transport.ts'
import { rawServer } from './support/raw-server.ts'
import { readAll, readUntilFailure, wire } from './support/wire.ts'

const hasZstd = 'zstdCompressSync' in zlib
const coders: { readonly [name: string]: (bytes: Uint8Array) => Buffer } = {
  gzip: zlib.gzipSync,
  'x-gzip': zlib.gzipSync,
  deflate: zlib.deflateSync,
  'deflate without its wrapper': zlib.deflateRawSync,
  br: (bytes) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
  ...(hasZstd ? { zstd: zlib.zstdCompressSync } : {}),
}
const codingOf = (name: string): string => name.split(' ')[0] as string

/** A body in the given pieces; what is read is overwritten at the next read, as the port allows. */
function source(parts: readonly Uint8Array[]): BodySource {
  const left = [...parts]
  let last = new Uint8Array(0)
  return {
    async read() {
      last.fill(0xee)
      const next = left.shift()
      if (next === undefined) return null
      last = Uint8Array.from(next)
      return last
    },
    cancel: async () => void (left.length = 0),
  }
}

function pieces(bytes: Uint8Array, length: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / length) }, (_, index) =>
    bytes.subarray(index * length, (index + 1) * length),
  )
}

const mixed = (length: number): Buffer => Buffer.concat([Buffer.alloc(length / 2, 'text '), randomBytes(length / 2)])

describe.each(Object.entries(coders))('%s', (name, encode) => {
  const coding = codingOf(name)
  const decode = (encoded: readonly Uint8Array[]): BodySource => decoded(source(encoded), coding, 'http://host/')

  test('arrives whole, in pieces of any size', async () => {
    const body = mixed(700_000)
    const encoded = encode(body)
    for (const length of [1 << 20, 65_536, 1000, 7]) {
      if (length === 7 && encoded.length > 100_000) continue
      expect((await readAll(decode(pieces(encoded, length)))).equals(body)).toBe(true)
    }
    const small = encode(Buffer.from('small'))
    expect((await readAll(decode(pieces(small, 1)))).toString()).toBe('small')
  })

  test('cut short anywhere, it fails', async () => {
    const encoded = encode(mixed(3000))
    for (let length = 1; length < encoded.length; length += length < 40 || length > encoded.length - 40 ? 1 : 37) {
      const { error } = await readUntilFailure(decode(pieces(encoded.subarray(0, length), 500)))
      expect(error, `${length} of ${encoded.length} bytes`).toMatchObject({
        code: 'cannotDecodeContentData',
        phase: 'body',
        retryable: true,
        url: 'http://host/',
      })
    }
  })

  test('followed by anything, it fails', async () => {
    const encoded = encode(mixed(3000))
    for (const surplus of [[0], [1], [0x1f], [0x1f, 0x8b], [0x28, 0xb5, 0x2f], randomBytes(20), Buffer.alloc(5000)]) {
      const more = Buffer.from(surplus)
      for (const parts of [[Buffer.concat([encoded, more])], [encoded, more]])
        await expect(
          readAll(decode(parts)),
          `followed by ${more.subarray(0, 3).toString('hex')}`,
        ).rejects.toMatchObject({ code: 'cannotDecodeContentData' })
    }
  })

  test('that is something else from the start fails', async () => {
    // The bare deflate format has no mark of its own: bytes that mean nothing to it are needed.
    await expect(readAll(decode([Buffer.alloc(2000, 0xff)]))).rejects.toMatchObject({
      code: 'cannotDecodeContentData',
      cause: expect.any(Error),
    })
  })

  test('without a byte is an empty body', async () => {
    expect(await readAll(decode([]))).toHaveLength(0)
    expect(await readAll(decode([encode(new Uint8Array(0))]))).toHaveLength(0)
  })

  test('is given up without a trace', async () => {
    const body = decode(pieces(encode(mixed(3_000_000)), 65_536))
    await body.read()
    await body.cancel()
    const { error } = await readUntilFailure(body)
    expect(error).toMatchObject({ code: 'cancelled' })
    await body.cancel()
  })
})

test('members and frames one after the other are one body', async () => {
  const parts = [randomBytes(1000), Buffer.from('two'), Buffer.alloc(0), randomBytes(100_000)]
  for (const [coding, encode] of Object.entries({
    gzip: zlib.gzipSync,
    ...(hasZstd ? { zstd: zlib.zstdCompressSync } : {}),
  })) {
    const encoded = Buffer.concat(parts.map((part) => encode(part)))
    for (const length of [encoded.length, 5000, 1009])
      expect((await readAll(decoded(source(pieces(encoded, length)), coding, ''))).equals(Buffer.concat(parts))).toBe(
        true,
      )
  }
})

test('codings over codings are undone in turn; too many are refused; unknown ones leave the body alone', async () => {
  const body = mixed(10_000)
  const twice = zlib.brotliCompressSync(zlib.gzipSync(body))
  expect((await readAll(decoded(source([twice]), ' GZip , identity, BR ', ''))).equals(body)).toBe(true)
  expect(() => decoded(source([]), 'gzip, gzip, gzip, gzip', '')).toThrow(
    expect.objectContaining({ code: 'cannotDecodeContentData' }),
  )
  for (const coding of [null, '', 'identity', 'aws-chunked', 'gzip, made-up'])
    expect((await readAll(decoded(source([body]), coding, ''))).equals(body)).toBe(true)
})

test('a connection that is lost in a compressed body is a lost connection, not a damaged body', async () => {
  const encoded = zlib.gzipSync(mixed(500_000))
  const { url } = await rawServer((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${encoded.length}\r\n\r\n`)
    socket.end(encoded.subarray(0, 100_000))
  })
  const { body } = await createFetchTransport().send(wire(url))
  const { bytes, error } = await readUntilFailure(body)
  expect(error).toMatchObject({ code: 'networkConnectionLost', retryable: true })
  expect(bytes.length).toBeGreaterThan(50_000)
})

test('a damaged body frees its connection at once', async () => {
  const server = await rawServer((socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1000000\r\n\r\nthis is not gzip at all'),
  )
  const { body } = await createFetchTransport().send(wire(server.url))
  expect((await readUntilFailure(body)).error).toMatchObject({ code: 'cannotDecodeContentData' })
  await server.quiet()
})

test.runIf(hasZstd)('a zstd stream may end between frames, and nowhere else', () => {
  const frames = [mixed(300_000), Buffer.from('x'), Buffer.alloc(0), randomBytes(150_000)].map((bytes) =>
    zlib.zstdCompressSync(bytes),
  )
  const checked = zlib.zstdCompressSync(mixed(5000), { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } })
  const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5])
  const all = [...frames, skippable, checked]
  const stream = Buffer.concat(all)
  for (const length of [stream.length, 10_000, 3]) {
    const tracker = new ZstdFrames()
    const ends: number[] = []
    let at = 0
    for (const piece of pieces(stream, length))
      for (const part of tracker.split(piece)) {
        at += part.length
        if (tracker.complete || part !== piece) ends.push(at)
      }
    expect(tracker.complete).toBe(true)
    let end = 0
    for (const frame of all) expect(ends).toContain((end += frame.length))
  }
})
