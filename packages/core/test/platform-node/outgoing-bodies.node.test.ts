/** Bodies that are sent as they are read: of any size, in bounded memory, and given up with their request. */
import { once } from 'node:events'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { openAsBlob } from 'node:fs'
import { createServer as createSlowServer } from 'node:http'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeSession, origin, quick, rejection, serve, unique } from '../support/session.ts'
import { textOf, turns } from '../session/support/data.ts'

const sink = `${origin.url}/sink`
const size = 200 << 20

/** A file of zeros that takes no room on the disk. */
async function withFile<T>(use: (blob: Blob) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'urlsession-outgoing-'))
  try {
    const path = join(folder, 'large.bin')
    const file = await open(path, 'w')
    await file.truncate(size)
    await file.close()
    return await use(await openAsBlob(path, { type: 'application/x-large' }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The most that the process held beyond what it held before, looked at on each turn. */
async function growth(work: Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss()
  let most = 0
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss() - before)), 5)
  await work.finally(() => clearInterval(watch))
  return most
}

/** It accepts connections and reads nothing. */
async function deafServer(): Promise<[Server, string]> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return [server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`]
}

/** It takes a little of a body at a time, and says when all of it is there. */
async function slowServer(pause: number): Promise<string> {
  const server = createSlowServer((request, response) => {
    request.on('data', () => {
      request.pause()
      setTimeout(() => request.resume(), pause)
    })
    request.on('end', () => response.end('taken'))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

describe('a body that takes longer than the request’s timeout', () => {
  it('is no silence while it moves, whether it is in the hand or read on the way', async () => {
    const url = await slowServer(10)
    const bytes = new Uint8Array(32 << 20)
    const start = performance.now()
    const sent = [bytes, new Blob([bytes])].map((body) =>
      makeSession().data({ url, method: 'PUT', body, timeout: 2000 }, { retry: false }),
    )
    expect((await Promise.all(sent)).map(textOf)).toEqual(['taken', 'taken'])
    expect(performance.now() - start).toBeGreaterThan(3000)
  })

  it.each([{}, { cookies: {} }])('is one where the server takes no more of it (%o)', async (configuration) => {
    const [, url] = await deafServer()
    const body = new Uint8Array(64 << 20)
    const sent = makeSession(configuration).data({ url, method: 'PUT', body, timeout: 300 }, { retry: false })
    expect(await rejection(sent)).toMatchObject({ code: 'timedOut' })
  })
})

describe('a body of a file', () => {
  it('is read as it is sent, with its length, and never held as a whole', async () => {
    await withFile(async (blob) => {
      const url = `${sink}?${unique('large')}`
      const sent = makeSession().data({ url, method: 'PUT', body: blob })
      expect(await growth(sent)).toBeLessThan(size / 2)
      expect(JSON.parse(textOf(await sent))).toMatchObject({ bytes: size })
      expect((await origin.when({ url: new URL(url).search })).headers).toMatchObject({
        'content-length': String(size),
        'content-type': 'application/x-large',
      })
    })
  })

  it('is sent the same way as a part of a form', async () => {
    await withFile(async (blob) => {
      const form = new FormData()
      form.set('name', 'value')
      form.set('file', blob, 'large.bin')
      const sent = makeSession().fetch(sink, { method: 'POST', body: form })
      expect(await growth(sent)).toBeLessThan(size / 2)
      const { bytes } = (await (await sent).json()) as { bytes: number }
      expect(bytes).toBeGreaterThan(size)
    })
  })

  it('is read once more for a second try', async () => {
    const file = await serve('again.txt', { body: 'done' })
    await file.nextResponses([{ status: 503 }])
    const body = new Blob(['content'])
    expect(textOf(await makeSession(quick).data({ url: file.url, method: 'PUT', body }))).toBe('done')
    expect((await file.requests()).map(({ bytesReceived }) => bytesReceived)).toEqual([7, 7])
  })
})

describe('a body of a stream', () => {
  it('is pulled no faster than the server takes it', async () => {
    let pulled = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1 << 20
        controller.enqueue(new Uint8Array(1 << 20))
      },
    })
    const [server, url] = await deafServer()
    const promise = makeSession().data({ url, method: 'POST', body })
    promise.catch(() => {})
    await once(server, 'connection')
    await turns(200)
    // What the system holds for a connection is a few MiB; the stream itself would never end.
    expect(pulled).toBeGreaterThan(0)
    expect(pulled).toBeLessThan(64 << 20)
    promise.task.cancel()
    expect(await rejection(promise)).toMatchObject({ code: 'cancelled' })
  })

  it('is cancelled with its request', async () => {
    const cancelled = Promise.withResolvers<unknown>()
    const body = new ReadableStream<Uint8Array>({ cancel: (reason) => cancelled.resolve(reason) })
    const url = `${sink}?${unique('silent')}`
    const promise = makeSession().data({ url, method: 'POST', body })
    promise.catch(() => {})
    await origin.when({ url: new URL(url).search })
    promise.task.cancel()
    await cancelled.promise
    expect(await rejection(promise)).toMatchObject({ code: 'cancelled' })
  })

  it('that breaks breaks the request, and says why', async () => {
    const cause = new Error('the disk is gone')
    const body = new ReadableStream<Uint8Array>({
      pull: () => {
        throw cause
      },
    })
    const error = await rejection(makeSession(quick).data({ url: sink, method: 'POST', body }))
    expect(error).toMatchObject({ attempts: 1, cause })
  })
})
