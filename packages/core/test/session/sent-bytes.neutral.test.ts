/** How far a data task's own body is: bytes that left, in Node; a browser's fetch tells of none, and nothing is made up. */
import type { ConfigurationOptions, DataTask, SessionDelegate, UploadTask } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { inNode, makeSession, origin, quick, rejection, serve, unique } from '../support/session.ts'
import { echoOf, echoURL, textOf } from './support/data.ts'

type Sent = [sent: number, total: number, expected: number | null]

/** A task whose delegate writes down what it is told, in order. */
function counting(
  request: { url: string; method?: string; body: BodyInit },
  options: ConfigurationOptions = {},
): { task: DataTask; calls: Sent[]; order: string[] } {
  const calls: Sent[] = []
  const order: string[] = []
  const delegate: SessionDelegate = {
    didSendBodyData(_task: DataTask | UploadTask, ...counts) {
      calls.push(counts)
      order.push('sent')
    },
    didReceiveResponse: () => void order.push('response'),
    didComplete: () => void order.push('complete'),
  }
  const session = makeSession(options, delegate)
  return {
    task: session.dataTask({ method: 'PUT', ...request }),
    calls,
    order,
  }
}

const sink = (query = ''): string => `${origin.url}/sink${query}`
const size = 16 << 10

describe.runIf(inNode)('a data task’s body in Node', () => {
  it.each<[string, () => BodyInit]>([
    ['bytes', () => new Uint8Array(size)],
    ['a text', () => 'é'.repeat(size / 2)],
    ['a Blob', () => new Blob([new Uint8Array(size)])],
    ['fields', () => new URLSearchParams({ a: 'b'.repeat(size - 2) })],
  ])('of %s: what was sent is the whole in the end, as its Content-Length says', async (_what, body) => {
    const url = `${echoURL}?${unique('sixteen')}`
    const { task, calls, order } = counting({ url, body: body() })
    const { headers } = await echoOf(task.resume().finished)
    expect(headers['content-length']).toBe(String(size))
    expect(task.progress.upload).toMatchObject({ completed: size, total: size, fraction: 1, coarse: false })
    expect(calls.reduce((all, [sent]) => all + sent, 0)).toBe(size)
    expect(calls.at(-1)).toEqual([expect.any(Number), size, size])
    expect(order.slice(-3)).toEqual(['sent', 'response', 'complete'])
    expect(task.progress.download.completed).toBeGreaterThan(0)
  })

  it('of many megabytes rises to the whole, and whoever subscribed hears of it', async () => {
    const large = 32 << 20
    const { task, calls } = counting({ url: sink('?after=1000'), body: new Uint8Array(large) })
    const seen: number[] = []
    task.subscribe(() => void seen.push(task.progress.upload.completed))
    await task.resume().finished
    expect(seen).toEqual(seen.toSorted((one, other) => one - other))
    expect(seen.some((bytes) => bytes > 0 && bytes < large)).toBe(true)
    expect(task.progress.upload).toMatchObject({ completed: large, total: large, bytesPerSecond: 0 })
    let before = 0
    for (const [sent, total, expected] of calls) {
      expect(total).toBe(before + sent)
      expect(expected).toBe(large)
      before = total
    }
    expect(before).toBe(large)
  })

  it('of a form has its parts and what stands between them', async () => {
    const form = new FormData()
    form.set('file', new File([new Uint8Array(100_000)], 'film.bin'))
    const { task } = counting({ url: sink(), body: form })
    const { bytes } = JSON.parse(textOf(await task.resume().finished)) as { bytes: number }
    expect(bytes).toBeGreaterThan(100_000)
    expect(task.progress.upload).toMatchObject({ completed: bytes, total: bytes })
  })

  it('that is a stream has no whole, but for what was sent of it', async () => {
    const { task, calls } = counting({ url: sink(), body: new Blob([new Uint8Array(100_000)]).stream() })
    await task.resume().finished
    expect(task.progress.upload).toMatchObject({ completed: 100_000, total: null, fraction: null })
    expect(calls.at(-1)).toEqual([expect.any(Number), 100_000, null])
  })

  it('counts from zero again where it is sent once more: after a 503, and to where a 307 leads', async () => {
    const file = await serve('busy.bin', { size: 10 })
    await file.nextResponses([{ status: 503 }])
    const again = counting({ url: file.url, body: new Uint8Array(size) }, quick)
    const moved = counting({ url: `${origin.url}/redirect/1?status=307`, body: new Uint8Array(size) })
    for (const { task, calls } of [again, moved]) {
      expect((await task.resume().finished).response.status).toBe(200)
      expect(calls).toEqual([
        [size, size, size],
        [size, size, size],
      ])
      expect(task.progress.upload).toMatchObject({ completed: size, total: size })
    }
    expect(await file.requests()).toHaveLength(2)
  })

  it('has sent nothing where nobody was there to take it', async () => {
    const { task, calls } = counting({ url: 'http://127.0.0.1:1/', body: new Uint8Array(size) }, quick)
    await rejection(task.resume().finished)
    expect(calls).toEqual([])
    expect(task.progress.upload).toMatchObject({ completed: 0 })
  })

  it('is shown of what `session.data` sends too, and not of a request without one', async () => {
    const promise = makeSession().data({ url: sink(), method: 'POST', body: 'twelve bytes' })
    await promise
    expect(promise.task.progress.upload).toMatchObject({ completed: 12, total: 12 })
    const empty = makeSession().data(echoURL)
    await empty
    expect(empty.task.progress.upload).toMatchObject({ completed: 0, total: null })
  })
})

it.runIf(!inNode)('nothing is told of a data task’s body where nothing is known of it', async () => {
  const { task, calls } = counting({ url: sink(), body: new Uint8Array(size) })
  await task.resume().finished
  expect(calls).toEqual([])
  expect(task.progress.upload).toMatchObject({ completed: 0, total: null })
})
