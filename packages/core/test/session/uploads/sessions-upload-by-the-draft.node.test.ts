/** Resumable uploads as a session has them: made carefully, gone on with after any break, complete when the server says so. */
import { afterEach, describe, expect, it } from 'vitest'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import {
  startUploadServer,
  type UploadServer,
  type UploadServerOptions,
} from '../../../../testing/src/upload-draft/index.ts'
import { makeSession, quick, rejection } from '../../support/session.ts'

const SIZE = 1_000_003
const bytes = contentAt(6, 0, SIZE)
const file = (): File => new File([bytes], 'nämé.mp4', { type: 'video/mp4' })

const running: UploadServer[] = []
afterEach(async () => {
  const ended = running.splice(0)
  await Promise.all(ended.map((server) => server.stop()))
  const violations = ended.flatMap((server) => server.violations)
  if (violations.length > 0) throw new Error(violations.join('; '))
})

async function serve(options: UploadServerOptions = {}): Promise<UploadServer> {
  const server = await startUploadServer(options)
  running.push(server)
  return server
}

const upload = (server: UploadServer, options: object = {}, body: Blob = file()) =>
  makeSession(quick).upload({ url: server.endpoint, headers: { 'x-album': '7' } }, body, {
    protocol: 'resumable',
    chunkSize: 400_000,
    ...options,
  })

const whole = (server: UploadServer, path = '/files/1'): boolean =>
  server.uploads.get(path)?.bytes.equals(bytes) ?? false

describe('a resumable upload', () => {
  it('is made by an empty request that tells of the file, and appended to', async () => {
    const server = await serve()
    const { response, data } = await upload(server)
    expect([response.status, new TextDecoder().decode(data)]).toEqual([200, `${SIZE} bytes`])
    expect(whole(server)).toBe(true)
    expect(server.journal).toEqual([
      'POST /files ?0',
      'PATCH /files/1 0 ?0',
      'PATCH /files/1 400000 ?0',
      'PATCH /files/1 800000 ?1',
    ])
    expect(server.uploads.get('/files/1')).toMatchObject({
      length: SIZE,
      headers: {
        'content-type': 'video/mp4',
        'content-disposition': "inline; filename*=UTF-8''n%C3%A4m%C3%A9.mp4",
        'upload-draft-interop-version': '8',
        'x-album': '7',
      },
    })
  })

  it('of nothing is made, and completed', async () => {
    const server = await serve()
    await upload(server, {}, new Blob())
    expect(server.journal).toEqual(['POST /files ?0', 'PATCH /files/1 0 ?1'])
    expect(server.uploads.get('/files/1')?.complete).toBe(true)
  })

  it('goes on from what the server has after a drop', async () => {
    const server = await serve()
    server.fault('PATCH', { dropAfter: 150_000 })
    await upload(server)
    expect(whole(server)).toBe(true)
    expect(server.journal.slice(1, 4)).toEqual(['PATCH /files/1 0 ?0', 'HEAD /files/1', 'PATCH /files/1 150000 ?0'])
  })

  it('is complete when only the answer to its last part got lost', async () => {
    const server = await serve()
    server.fault('PATCH', {}, {}, { silent: true })
    const { response } = await upload(server)
    expect([response.status, whole(server)]).toEqual([204, true])
    expect(server.journal.at(-1)).toBe('HEAD /files/1')
  })

  it('is not complete because its offset is its length: the server is asked to complete it', async () => {
    const server = await serve()
    server.fault('PATCH', {}, {}, { incomplete: true })
    const { response } = await upload(server)
    expect([response.status, server.uploads.get('/files/1')?.complete]).toEqual([200, true])
    expect(server.journal.at(-1)).toBe(`PATCH /files/1 ${SIZE} ?1`)
  })

  it('fails where the server never calls it complete', async () => {
    const server = await serve()
    server.fault('PATCH', {}, {}, { incomplete: true }, { incomplete: true })
    expect(await rejection(upload(server))).toMatchObject({
      code: 'badServerResponse',
      message: expect.stringContaining('does not say that the upload is complete') as string,
    })
  })

  it('takes the offset that a 409 tells of', async () => {
    const server = await serve()
    server.fault('PATCH', {}, { status: 409, headers: { 'upload-offset': '400000' } })
    await upload(server)
    expect(whole(server)).toBe(true)
    expect(server.journal.filter((one) => one.startsWith('HEAD'))).toHaveLength(1)
  })

  it.each([503, 500, 429, 308])('is not lost when HEAD is answered with %i', async (status) => {
    const server = await serve()
    server.fault('PATCH', { dropAfter: 10 })
    server.fault('HEAD', { status })
    await upload(server)
    expect(whole(server)).toBe(true)
    expect(server.uploads.size).toBe(1)
  })

  it('is made anew once the server has forgotten it', async () => {
    const server = await serve()
    server.fault('PATCH', {}, { forget: true })
    await upload(server)
    expect(whole(server, '/files/1') || whole(server, '/files/2')).toBe(true)
  })

  it('is not sent twice where it may have been completed before it was forgotten', async () => {
    const server = await serve()
    server.fault('PATCH', {}, {}, { silent: true })
    server.fault('HEAD', { status: 404 })
    expect(await rejection(upload(server))).toMatchObject({ code: 'networkConnectionLost', retryable: false })
    expect(server.uploads.size).toBe(1)
  })

  it('sends smaller parts after a 413', async () => {
    const server = await serve()
    server.fault('PATCH', { status: 413 }, { status: 413 })
    await upload(server)
    expect(whole(server)).toBe(true)
    expect(server.journal.slice(3, 5)).toEqual(['PATCH /files/1 0 ?0', 'PATCH /files/1 100000 ?0'])
  })

  it('keeps to the limits of the server', async () => {
    const server = await serve({ limit: 'max-append-size=300000, min-append-size=1000, max-age=3600;x=y' })
    await upload(server, { chunkSize: 'auto' })
    expect(whole(server)).toBe(true)
    expect(server.journal.slice(1)).toEqual([
      'PATCH /files/1 0 ?0',
      'PATCH /files/1 300000 ?0',
      'PATCH /files/1 600000 ?0',
      'PATCH /files/1 900000 ?1',
    ])
  })

  it.each(['max-size=1000', 'min-size=9999999', 'max-append-size=0', 'max-append-size=10, min-append-size=20'])(
    'is given up before a byte of it is sent where the limit is %s',
    async (limit) => {
      const server = await serve({ limit })
      expect(await rejection(upload(server))).toMatchObject({ code: 'dataLengthExceedsMaximum' })
      expect(server.journal).toEqual(['POST /files ?0', 'DELETE /files/1'])
    },
  )

  it.each(['max-size=many', 'max-append-size=-5', 'max-size=99999999999999999999', 'nonsense', ',,=;'])(
    'takes no notice of the limit "%s"',
    async (limit) => {
      const server = await serve({ limit })
      await upload(server)
      expect(whole(server)).toBe(true)
    },
  )

  it('follows an upload to another origin, and leaves its credentials behind', async () => {
    const elsewhere = await serve()
    const server = await serve({ elsewhere })
    const session = makeSession({ ...quick, headers: { 'x-session': 'secret' } })
    const request = { url: server.endpoint, headers: { authorization: 'Bearer secret', 'x-mine': 'secret' } }
    const { task } = session.upload(request, file(), { protocol: 'resumable' })
    await task.finished
    expect(whole(server)).toBe(true)
    expect(server.uploads.get('/files/1')?.headers).toMatchObject({
      authorization: 'Bearer secret',
      'x-session': 'secret',
    })
    expect(elsewhere.journal).toEqual(['PATCH /files/1 0 ?1'])
    expect(JSON.stringify(elsewhere.headers)).not.toContain('secret')
  })

  it('tells the server when it is cancelled', async () => {
    const server = await serve()
    const task = makeSession(quick).uploadTask(server.endpoint, file(), {
      protocol: 'resumable',
      chunkSize: 100_000,
      bytesPerSecond: 200_000,
    })
    task.resume()
    for await (const _ of task.progress) if (task.accepted > 0) task.cancel()
    await expect(task.finished).rejects.toMatchObject({ code: 'cancelled' })
    expect(server.journal.at(-1)).toBe('DELETE /files/1')
    expect(server.uploads.size).toBe(0)
  })

  it('goes on by resume data, in another session', async () => {
    const server = await serve()
    const film = file()
    const task = makeSession(quick).uploadTask(server.endpoint, film, {
      protocol: 'resumable',
      chunkSize: 100_000,
      bytesPerSecond: 200_000,
    })
    task.resume()
    for await (const _ of task.progress) if (task.accepted > 0) break
    const resumeData = (await task.cancelProducingResumeData()) ?? expect.fail('no resume data')
    expect(resumeData).toMatchObject({ received: task.accepted, total: SIZE, protocol: 'resumable' })
    const { response } = await makeSession(quick).upload(
      JSON.parse(JSON.stringify(resumeData)) as typeof resumeData,
      film,
    )
    expect([response.status, whole(server)]).toEqual([200, true])
    expect(server.uploads.size).toBe(1)
  })

  it('is gone on with by one task at a time, and what becomes of another does not touch it', async () => {
    const server = await serve()
    const slow = { protocol: 'resumable', chunkSize: 100_000, bytesPerSecond: 200_000 } as const
    const session = makeSession(quick)
    const film = file()
    const task = session.uploadTask(server.endpoint, film, slow)
    task.resume()
    for await (const _ of task.progress) if (task.accepted > 0) break
    const resumeData = (await task.cancelProducingResumeData()) ?? expect.fail('no resume data')
    const first = session.uploadTask(resumeData, film, slow)
    first.resume()
    for await (const _ of first.progress) if (first.accepted > resumeData.received) break
    expect(await rejection(session.upload(resumeData, film, slow))).toMatchObject({ code: 'badResumeData' })
    const third = session.uploadTask(resumeData, film, slow)
    third.resume()
    third.cancel()
    await rejection(third.finished)
    await first.finished
    expect(whole(server)).toBe(true)
    expect(server.journal.filter((line) => line.startsWith('DELETE'))).toEqual([])
  })
})

describe('a server that does not know the draft', () => {
  it('gets an ordinary upload', async () => {
    const server = await serve({ ordinary: true })
    const { data } = await upload(server)
    expect(new TextDecoder().decode(data)).toBe(`${SIZE} bytes`)
    expect(whole(server, '/files/2')).toBe(true)
  })

  it('says itself what it refuses', async () => {
    const server = await serve()
    server.fault('POST', { status: 403 })
    expect((await upload(server)).response.status).toBe(403)
    expect(server.journal).toEqual(['POST /files ?0'])
  })
})

describe('optimistic creation', () => {
  const optimistic = { protocol: { name: 'resumable', creation: 'optimistic' } }

  it('sends the whole file at once', async () => {
    const server = await serve()
    await upload(server, optimistic)
    expect([server.journal, whole(server)]).toEqual([['POST /files ?1'], true])
  })

  it('goes on at the address that came before the answer', async () => {
    const server = await serve()
    server.fault('POST', { dropAfter: 200_000 })
    await upload(server, optimistic)
    expect(whole(server)).toBe(true)
    expect(server.journal.slice(0, 3)).toEqual(['POST /files ?1', 'HEAD /files/1', 'PATCH /files/1 200000 ?0'])
  })

  it('is not repeated where no address came', async () => {
    const server = await serve({ interim: false })
    server.fault('POST', { dropAfter: 200_000 })
    expect(await rejection(upload(server, optimistic))).toMatchObject({ code: 'networkConnectionLost' })
    expect(server.journal).toHaveLength(1)
  })
})
