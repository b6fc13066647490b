/** tus as a session has it: lanes, checksums, losses and cancelling, through the engine. The server is ours: see its file. */
import type { UploadTask } from 'urlsession'
import { describe, expect, it, vi } from 'vitest'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { makeSession, quick } from '../../support/session.ts'
import { type SmallTusServer, startSmallTus } from '../../transfers/upload/support/small-tus-server.ts'

const SIZE = 500_003
const bytes = contentAt(5, 0, SIZE)
const file = (): File => new File([bytes], 'film.mp4', { type: 'video/mp4' })

/** Which upload the answer names; the whole of it is what was sent. */
const isWhole = (server: SmallTusServer, path: string | null): boolean =>
  server.uploads.get(path ?? '')?.bytes.equals(bytes) ?? false

/** Resolves when the server has taken so many bytes. */
async function accepted(task: UploadTask, least: number): Promise<void> {
  for await (const { completed } of task.progress) if (Math.min(completed, task.accepted) >= least) return
}

describe('a session', () => {
  it('sends lanes beside one another, and ends with what joined them', async () => {
    const server = await startSmallTus()
    const options = { protocol: 'tus', parallel: 4, chunkSize: 60_000 } as const
    const { response } = await makeSession(quick).upload(server.endpoint, file(), options)
    expect([response.status, isWhole(server, response.headers.get('location'))]).toEqual([201, true])
    const of = (name: string, text: string): string => `${name} ${btoa(text)}`
    const whole = server.uploads.get('/files/5')
    expect(whole?.metadata).toBe([of('filename', 'film.mp4'), of('filetype', 'video/mp4')].join(','))
    expect(server.log.filter((one) => one.startsWith('PATCH'))).toHaveLength(12)
  })

  it('sends again what arrived damaged', async () => {
    const server = await startSmallTus({ damaged: 3 })
    const options = { protocol: { name: 'tus', checksum: 'sha256' }, chunkSize: 100_000 } as const
    await makeSession(quick).upload(server.endpoint, file(), options)
    expect(isWhole(server, '/files/1')).toBe(true)
    expect(server.log.filter((one) => one.startsWith('PATCH'))).toHaveLength(6 + 3)
  })

  it('makes an upload again that its server has lost', async () => {
    const server = await startSmallTus()
    const options = { protocol: 'tus', chunkSize: 100_000, bytesPerSecond: 2_000_000 } as const
    const task = makeSession(quick).uploadTask(server.endpoint, file(), options).resume()
    await accepted(task, 100_000)
    server.uploads.clear()
    await task.finished
    expect(isWhole(server, '/files/2')).toBe(true)
  })

  it('has an upload deleted that is cancelled, lane by lane', async () => {
    const server = await startSmallTus()
    const options = { protocol: 'tus', chunkSize: 1000, bytesPerSecond: 10_000, parallel: 2 } as const
    const task = makeSession(quick).uploadTask(server.endpoint, file(), options).resume()
    await accepted(task, 1000)
    task.cancel()
    await expect(task.finished).rejects.toMatchObject({ code: 'cancelled' })
    await vi.waitFor(() => expect(server.uploads.size).toBe(0))
    expect(server.log.slice(-2).toSorted()).toEqual(['DELETE /files/1', 'DELETE /files/2'])
  })

  it('says what the server said where that is the end', async () => {
    const server = await startSmallTus({ maxSize: 1000 })
    await expect(makeSession(quick).upload(server.endpoint, file(), { protocol: 'tus' })).rejects.toMatchObject({
      code: 'dataLengthExceedsMaximum',
      status: 413,
    })
  })

  it('names an option that is wrong, and sends nothing', async () => {
    const server = await startSmallTus()
    const options = { protocol: { name: 'tus', checksum: 'md5' } } as never
    await expect(makeSession(quick).upload(server.endpoint, file(), options)).rejects.toMatchObject({
      retryable: false,
      message: expect.stringContaining('tus options: option "checksum" was "md5"') as string,
    })
    expect(server.log).toEqual([])
  })
})
