/** A stream as an upload's body: read once, to its end, whatever becomes of the task meanwhile. */
import { afterEach, describe, expect, it } from 'vitest'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { startUploadServer, type UploadServer } from '../../../../testing/src/upload-draft/index.ts'
import { makeSession, quick, until } from '../../support/session.ts'
import { startSmallTus } from '../../transfers/upload/support/small-tus-server.ts'

const SIZE = 300_000
const bytes = contentAt(6, 0, SIZE)
const half = SIZE / 2

const running: UploadServer[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()))
})

async function serve(): Promise<UploadServer> {
  const server = await startUploadServer()
  running.push(server)
  return server
}

/** Gives one half, and the other when it is told to. */
function halves(): {
  stream: ReadableStream<Uint8Array>
  asked: Promise<void>
  go: () => void
  cancelled: () => boolean
} {
  const asked = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  let pulls = 0
  let cancelled = false
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (pulls++ === 0) return controller.enqueue(bytes.slice(0, half))
        asked.resolve()
        await gate.promise
        if (cancelled) return
        controller.enqueue(bytes.slice(half))
        controller.close()
      },
      cancel() {
        cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, asked: asked.promise, go: gate.resolve, cancelled: () => cancelled }
}

describe('an upload of a stream', () => {
  it('that is suspended while the stream is read sends nothing before it is resumed, and then the whole', async () => {
    const server = await serve()
    const { stream, asked, go } = halves()
    const session = makeSession(quick)
    // One from start to end takes longer than the other needs to stand still, or to begin.
    const another = () => session.upload({ url: server.endpoint }, new Blob([bytes]), { protocol: 'resumable' })
    const task = session.uploadTask({ url: server.endpoint }, stream, { protocol: 'resumable' })
    task.resume()
    await asked
    task.suspend()
    await another()
    go()
    await another()
    expect(server.uploads.size).toBe(2)
    task.resume()
    await task.finished
    expect(server.uploads.get('/files/3')?.bytes.equals(bytes)).toBe(true)
  })

  it('by tus waits for its end where the server wants to know the length first', async () => {
    const { endpoint, log, uploads } = await startSmallTus()
    const large = contentAt(6, 0, 600_000)
    let asked = 0
    const stream = new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (asked++ === 0) return controller.enqueue(large.slice(0, 500_000))
        // It has asked what the server can by now, and must not begin.
        while (log.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
        controller.enqueue(large.slice(500_000))
        controller.close()
      },
    })
    await makeSession(quick).upload(endpoint, stream, { protocol: 'tus' })
    expect(log[0]).toBe('OPTIONS /files')
    expect(uploads.get('/files/1')).toMatchObject({ length: 600_000 })
    expect(uploads.get('/files/1')?.bytes.equals(large)).toBe(true)
  })

  it('that is cancelled meanwhile cancels the stream and sends nothing', async () => {
    const server = await serve()
    const { stream, asked, cancelled } = halves()
    const task = makeSession(quick).uploadTask({ url: server.endpoint }, stream, { protocol: 'resumable' })
    task.resume()
    await asked
    task.cancel()
    await until(task, () => task.state === 'completed')
    expect([task.error?.code, cancelled(), server.journal]).toEqual(['cancelled', true, []])
  })
})
