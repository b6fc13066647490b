/** A stream that is sent by tus before its end is known (creation-defer-length), to the real @tus/server. */
import { describe, expect, inject, it } from 'vitest'
import type { UploadTask } from 'urlsession'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { realServer } from '../../support/real-server.ts'
import { makeSession, origin, quick, rejection } from '../../support/session.ts'

const PIECE = 400_000
const SIZE = 2_000_000
const content = (seed: number): Uint8Array<ArrayBuffer> => contentAt(seed, 0, SIZE)
const { url, missing } = await realServer('tus')
const options = { protocol: 'tus', chunkSize: 300_000 } as const

/** Gives a piece only after `allowed` has resolved for it: with how many were given before. */
function inPieces(seed: number, allowed: (given: number) => Promise<unknown>): ReadableStream<Uint8Array> {
  const bytes = content(seed)
  let given = 0
  return new ReadableStream(
    {
      async pull(controller) {
        await allowed(given)
        controller.enqueue(bytes.slice(given * PIECE, (given + 1) * PIECE))
        given += 1
        if (given * PIECE >= SIZE) controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}

async function accepted(task: UploadTask, bytes: number): Promise<void> {
  for await (const _ of task.progress) if (task.accepted >= bytes) return
}

const stored = async (at: string): Promise<Uint8Array> => new Uint8Array(await (await fetch(at)).arrayBuffer())

describe.skipIf(missing)('a stream by tus', () => {
  it('is sent while it is read: the server has of each piece before the next one is there', async () => {
    const made = Promise.withResolvers<UploadTask>()
    // Less than 256 KiB waits for what may follow.
    const stream = inPieces(1, async (given) => given > 0 && accepted(await made.promise, given * PIECE - 262_144))
    const task = makeSession(quick).uploadTask(`${url}/files`, stream, options).resume()
    made.resolve(task)
    expect(task.progress.snapshot().total).toBe(null)
    const { response } = await task.finished
    expect(await stored(response.url)).toEqual(content(1))
    expect(task.progress.snapshot()).toMatchObject({ completed: SIZE, total: SIZE })
  })

  it.each([1, 2, 3, 4, 5, 6])('arrives whole over a line that breaks (seed %i)', async (seed) => {
    const line = await (await fetch(`${inject('origin')}/__faulty?name=tus&seed=${seed}`, { method: 'POST' })).text()
    // As slow as some round trips.
    const stream = inPieces(seed, async () => {
      for (let trips = 0; trips < 3; trips++) await (await fetch(`${origin.url}/echo`)).text()
    })
    const session = makeSession({ retry: { attempts: 40, baseDelay: 5, maximumDelay: 20 } })
    const task = session.uploadTask(`${line}/files`, stream, options).resume()
    await task.finished
    const last = task.metrics?.transactions.at(-1)?.url ?? ''
    expect(await stored(`${url}${new URL(last).pathname}`)).toEqual(content(seed))
  })

  it('stands still while it is suspended, and goes on with the same stream', async () => {
    const gate = Promise.withResolvers<void>()
    const stream = inPieces(7, (given) => (given === 2 ? gate.promise : Promise.resolve()))
    const task = makeSession(quick).uploadTask(`${url}/files`, stream, options).resume()
    await accepted(task, 600_000)
    task.suspend()
    gate.resolve()
    // Another one from its start to its end.
    await makeSession(quick).upload(`${url}/files`, new Blob([content(8)]), options)
    expect(task.accepted).toBeLessThan(2 * PIECE)
    task.resume()
    const { response } = await task.finished
    expect(await stored(response.url)).toEqual(content(7))
  })

  it('that is cancelled halfway is told so, and the server’s half is removed', async () => {
    let reason: unknown = null
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(content(9)),
      cancel: (why) => {
        reason = why
      },
    })
    const task = makeSession(quick).uploadTask(`${url}/files`, stream, options).resume()
    await accepted(task, 600_000)
    task.cancel()
    expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled' })
    expect(reason).not.toBe(null)
    expect(task.metrics?.transactions.at(-1)?.status).toBe(204)
  })

  it('that fails halfway fails the task, with the cause', async () => {
    const cause = new Error('the camera was unplugged')
    const stream = inPieces(10, (given) => (given === 3 ? Promise.reject(cause) : Promise.resolve()))
    const error = await rejection(makeSession(quick).upload(`${url}/files`, stream, options))
    expect(error).toMatchObject({ retryable: false })
    expect((error as Error).message).toContain('the camera was unplugged')
  })
})
