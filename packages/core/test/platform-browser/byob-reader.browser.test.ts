/** Reading bodies: nothing lost, nothing invented, and never longer on the way than it must be. */
import { expect, test, vi } from 'vitest'
import { contentAt, firstDifference } from '../../../testing/src/origin/content.ts'
import { readerOf, type Reader } from '../../src/platform/browser/byob-reader.ts'

const seed = 31
const KIBI = 1024
/** Of bodies whose end does not matter. */
const LENGTH = 1 << 30

interface Source {
  readonly stream: ReadableStream<Uint8Array>
  /** Sends the next so many bytes of the content. */
  send(bytes: number): void
  end(): void
  fail(error: Error): void
  readonly cancelled: Promise<unknown>
}

/** A body whose bytes come when the test says so. */
function source(type: 'bytes' | undefined = 'bytes'): Source {
  let controller: ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array>
  let at = 0
  const cancelled = Promise.withResolvers<unknown>()
  const stream = new ReadableStream({
    type,
    start: (given: ReadableByteStreamController) => void (controller = given),
    cancel: (reason: unknown) => cancelled.resolve(reason),
  })
  return {
    stream,
    send(bytes) {
      controller.enqueue(contentAt(seed, at, bytes))
      at += bytes
    },
    end() {
      controller.close()
      // A pull that waits must be told so by name.
      if ('byobRequest' in controller) controller.byobRequest?.respond(0)
    },
    fail: (error) => controller.error(error),
    cancelled: cancelled.promise,
  }
}

/** Reads to the end and checks every byte on its way; answers with the length of each read. */
async function drain(reader: Reader, from = 0): Promise<number[]> {
  const lengths: number[] = []
  let at = from
  for (let bytes = await reader.read(); bytes; bytes = await reader.read()) {
    expect(bytes.byteLength).toBeGreaterThan(0)
    expect(firstDifference(seed, at, bytes)).toBe(-1)
    at += bytes.byteLength
    lengths.push(bytes.byteLength)
  }
  return lengths
}

const sum = (numbers: number[]): number => numbers.reduce((left, right) => left + right, 0)

test.each(['bytes', undefined] as const)('a body of type %s comes whole and in order', async (type) => {
  const { stream, send, end } = source(type)
  for (const size of [1, 5000, 300 * KIBI, 3, 2048 * KIBI, 77]) send(size)
  end()
  expect(sum(await drain(readerOf(stream, () => LENGTH)))).toBe(1 + 5000 + 300 * KIBI + 3 + 2048 * KIBI + 77)
})

test('an empty body ends at once, again and again', async () => {
  const { stream, end } = source()
  end()
  const reader = readerOf(stream, () => LENGTH)
  expect(await reader.read()).toBe(null)
  expect(await reader.read()).toBe(null)
})

test('the first bytes are given as soon as they are there', async () => {
  const { stream, send, end } = source()
  const reader = readerOf(stream, () => LENGTH)
  const first = reader.read()
  send(10)
  expect((await first)?.byteLength).toBe(10)
  send(100)
  end()
  expect(sum(await drain(reader, 10))).toBe(100)
})

test('a read that waits for more gives what is there at the end', async () => {
  const { stream, send, end } = source()
  const reader = readerOf(stream, () => LENGTH)
  send(1024 * KIBI)
  expect((await reader.read())?.byteLength).toBe(1024 * KIBI)
  const last = reader.read()
  send(20)
  end()
  expect((await last)?.byteLength).toBe(20)
  expect(await reader.read()).toBe(null)
})

test('a link that slows down is noticed: a read settles with less than it waited for, and nothing is lost', async () => {
  const { stream, send, end } = source()
  const reader = readerOf(stream, () => LENGTH)
  send(1024 * KIBI)
  send(1024 * KIBI)
  let at = 0
  while (at < 2048 * KIBI) at += (await reader.read())?.byteLength ?? Number.NaN
  // By now a read waits for much; what follows is little, and for a while nothing.
  const slow = reader.read()
  send(1000)
  const timer = setInterval(() => send(10), 40)
  const bytes = await slow
  clearInterval(timer)
  expect(bytes?.byteLength).toBeGreaterThanOrEqual(1000)
  expect(firstDifference(seed, at, bytes as Uint8Array)).toBe(-1)
  at += (bytes as Uint8Array).byteLength
  send(500 * KIBI)
  end()
  const rest = sum(await drain(reader, at))
  expect(rest).toBeGreaterThanOrEqual(500 * KIBI)
})

test.each([
  ['as long as announced', 2048 * KIBI + 1000],
  ['longer than announced', 2048 * KIBI + 500],
  ['of no announced length', 0],
])('of a body %s nothing is lost when it falls silent before its end', async (_, length) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const { stream, send, end } = source()
    const reader = readerOf(stream, () => length)
    send(1024 * KIBI)
    send(1024 * KIBI)
    let at = 0
    while (at < 2048 * KIBI) at += (await reader.read())?.byteLength ?? Number.NaN
    const drained = drain(reader, at)
    send(1000)
    // More than any read waits for more.
    await vi.advanceTimersByTimeAsync(1000)
    end()
    expect(sum(await drained)).toBe(1000)
  } finally {
    vi.useRealTimers()
  }
})

test('the buffer is used again', async () => {
  const { stream, send } = source()
  const reader = readerOf(stream, () => LENGTH)
  send(10)
  const first = (await reader.read()) as Uint8Array
  send(20)
  const second = (await reader.read()) as Uint8Array
  expect(first.byteLength).toBe(0)
  expect(second.byteLength).toBe(20)
  expect(second.buffer.byteLength).toBe(1024 * KIBI)
})

test('of a small body that breaks off nothing is lost', async () => {
  const { stream, send, fail } = source()
  const reader = readerOf(stream, () => LENGTH)
  let got = 0
  for (const size of [10, 100_000, 20, 300_000, 1, 500_000]) {
    send(size)
    got += (await reader.read())?.byteLength ?? 0
  }
  fail(new TypeError('network error'))
  await expect(reader.read()).rejects.toThrow('network error')
  expect(got).toBe(900_031)
})

test('of a large one no more than a quarter of a MiB', async () => {
  const { stream, send, fail } = source()
  const reader = readerOf(stream, () => LENGTH)
  const sizes = Array.from({ length: 100 }, (_, index) => 40_000 + index)
  let got = 0
  let waiting: Promise<unknown> | null = null
  for (const size of sizes) {
    waiting ??= reader.read().then((bytes) => {
      got += bytes?.byteLength ?? 0
      waiting = null
    })
    send(size)
    await Promise.resolve()
  }
  fail(new TypeError('network error'))
  await expect(
    (async () => {
      for (;;) {
        await waiting
        got += (await reader.read())?.byteLength ?? 0
      }
    })(),
  ).rejects.toThrow('network error')
  expect(sum(sizes) - got).toBeLessThanOrEqual(256 * KIBI)
})

test('a failure is thrown as it is', async () => {
  const { stream, send, fail } = source()
  const reader = readerOf(stream, () => LENGTH)
  send(10)
  await reader.read()
  fail(new TypeError('network error'))
  await expect(reader.read()).rejects.toThrow('network error')
})

test.each(['bytes', undefined] as const)('cancelling a body of type %s ends it and a read that waits', async (type) => {
  const { stream, send, cancelled } = source(type)
  const reader = readerOf(stream, () => LENGTH)
  send(10)
  await reader.read()
  const waiting = reader.read()
  await reader.cancel()
  await cancelled
  expect(await waiting).toBe(null)
  expect(await reader.read()).toBe(null)
})
