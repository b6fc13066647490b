/** tus, against @tus/server: a file arrives as it is, and what the server is told of it. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { tus } from '../../../src/transfers/upload/tus.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { scratch } from '../../platform-node/support/scratch.ts'
import { startTus, type TusServer, type TusServerOptions } from '../../support/servers/tus-server.ts'
import { FetchClient, uploadOf } from './support/fetch-client.ts'
import { drive } from './support/tus-driver.ts'

const file = contentAt(1, 0, 300_000)

async function serving(options?: TusServerOptions): Promise<TusServer> {
  const server = await startTus(options)
  onTestFinished(() => server.stop())
  return server
}

const urlOf = (state: unknown): string => (state as { urls: string[] }).urls[0] ?? ''

async function arrived(server: TusServer, state: unknown): Promise<boolean> {
  return (await server.bytes(urlOf(state))).equals(file)
}

/** `METHOD offset` of each request. */
const sentBy = ({ sent }: FetchClient): string[] =>
  sent.map(({ method, headers }) => `${method} ${headers?.['Upload-Offset'] ?? ''}`.trim())

describe('a file', () => {
  it('arrives in one part, and ends with the answer to it', async () => {
    const server = await serving()
    const client = new FetchClient(file)
    const { answer, state } = await drive(tus(), uploadOf(server.endpoint, file.length), client)
    expect([answer.status, answer.headers.get('upload-offset'), answer.url]).toEqual([204, '300000', urlOf(state)])
    expect(await arrived(server, state)).toBe(true)
    expect(sentBy(client)).toEqual(['POST', 'PATCH 0'])
  })

  it('arrives in parts of any size', async () => {
    const server = await serving()
    const client = new FetchClient(file)
    const sizes = [1, 99_999, 150_000, 7, 1_000_000]
    const part = (): number => sizes.shift() ?? 0
    const { state } = await drive(tus(), uploadOf(server.endpoint, file.length), client, { part })
    expect(await arrived(server, state)).toBe(true)
    expect(sentBy(client)).toEqual(['POST', 'PATCH 0', 'PATCH 1', 'PATCH 100000', 'PATCH 250000', 'PATCH 250007'])
  })

  it('of no bytes is there with its creation', async () => {
    const server = await serving()
    const client = new FetchClient(new Uint8Array())
    const made = await tus().create(uploadOf(server.endpoint, 0), client)
    if (!('end' in made)) throw new Error('an upload of nothing goes on')
    expect([made.end.status, sentBy(client)]).toEqual([201, ['POST']])
    expect((await server.bytes(made.end.headers.get('location') ?? '')).length).toBe(0)
  })

  it('begins with its creation where that is wanted', async () => {
    const server = await serving()
    const client = new FetchClient(file)
    const upload = uploadOf(server.endpoint, file.length, { chunkSize: 100_000 })
    const { state } = await drive(tus({ withCreation: true }), upload, client)
    expect(await arrived(server, state)).toBe(true)
    expect(sentBy(client)).toEqual(['POST', 'PATCH 100000'])
    expect(client.sent[0]).toMatchObject({ range: [0, 100_000] })
  })

  it('that is short is there with its creation where that is wanted', async () => {
    const server = await serving()
    const client = new FetchClient(file)
    const { answer } = await drive(tus({ withCreation: true }), uploadOf(server.endpoint, file.length), client)
    expect([answer.status, sentBy(client)]).toEqual([201, ['POST']])
    expect((await server.bytes(answer.headers.get('location') ?? '')).equals(file)).toBe(true)
  })

  it('goes to the address that a relative Location names', async () => {
    const server = await serving({ relativeLocation: true })
    const { state } = await drive(tus(), uploadOf(server.endpoint, file.length), new FetchClient(file))
    expect(urlOf(state)).toMatch(`${server.endpoint}/`)
    expect(await arrived(server, state)).toBe(true)
  })

  it('goes to one server in one lane, where that cannot join several', async () => {
    const server = await serving()
    const client = new FetchClient(file)
    const { state } = await drive(tus(), uploadOf(server.endpoint, file.length, { parallel: 4 }), client)
    expect(await arrived(server, state)).toBe(true)
    expect(sentBy(client)).toEqual(['OPTIONS', 'POST', 'PATCH 0'])
  })

  it('ends with what the server says to its last part', async () => {
    const onUploadFinish = async (): Promise<object> => ({ status_code: 200, body: '{"id":7}' })
    const server = await serving({ onUploadFinish })
    const { answer } = await drive(tus(), uploadOf(server.endpoint, file.length), new FetchClient(file))
    expect([answer.status, new TextDecoder().decode(answer.body)]).toEqual([200, '{"id":7}'])
  })
})

describe('the server is told', () => {
  async function told(options: Parameters<typeof tus>[0], name: string, type: string): Promise<object | undefined> {
    let metadata: object | undefined
    const onUploadCreate: TusServerOptions['onUploadCreate'] = async (_request, upload) => {
      metadata = upload.metadata
      return {}
    }
    const server = await serving({ onUploadCreate })
    await tus(options).create(uploadOf(server.endpoint, 5, { name, type }), new FetchClient(file))
    return metadata
  }

  it('the name and type of the file, in any script', async () => {
    expect(await told({}, 'Ünïcode 文件 🎞.mp4', 'video/mp4')).toEqual({
      filename: 'Ünïcode 文件 🎞.mp4',
      filetype: 'video/mp4',
    })
  })

  it('what the caller wants told, which goes before what the file says', async () => {
    const metadata = { filename: 'b.txt', empty: '', album: 'summer, 2026' }
    expect(await told({ metadata }, 'a.txt', '')).toEqual({ filename: 'b.txt', empty: null, album: 'summer, 2026' })
  })

  it('nothing where there is nothing to tell', async () => {
    expect(await told({}, '', '')).toBeUndefined()
  })
})

describe('an upload', () => {
  it('goes on with a server that was started again on the same files', async () => {
    const directory = await scratch()
    const first = await startTus({ directory })
    const client = new FetchClient(file)
    const protocol = tus()
    const upload = uploadOf(first.endpoint, file.length)
    const made = await protocol.create(upload, client)
    if (!('state' in made)) throw new Error('it ended')
    await protocol.part(upload, made.state, { from: 0, to: 120_000 }, client)
    await first.stop()
    await expect(protocol.locate(upload, made.state, client)).rejects.toMatchObject({ retryable: true })

    const second = await serving({ directory, port: first.port })
    const located = await protocol.locate(upload, made.state, client)
    expect(located).toMatchObject({ pieces: [{ from: 0, to: 120_000 }] })
    const sent = await protocol.part(upload, made.state, { from: 120_000, to: file.length }, client)
    expect(sent).toMatchObject({ end: { status: 204 } })
    expect(await arrived(second, made.state)).toBe(true)
  })

  it('that is over, but whose last answer was lost, ends with what the server says of it', async () => {
    const server = await serving()
    const client = new FetchClient(file)
    const upload = uploadOf(server.endpoint, file.length)
    const { state } = await drive(tus(), upload, client)
    expect(await tus().locate(upload, state as never, client)).toMatchObject({ end: { status: 200 } })
    expect(await tus().finish(upload, state as never, [], client)).toMatchObject({ end: { status: 200 } })
  })

  it('that the server has lost is made again', async () => {
    const server = await serving()
    const client = new FetchClient(file)
    let parts = 0
    const { state, steps } = await drive(tus(), uploadOf(server.endpoint, file.length), client, {
      part: () => 100_000,
      patience: 1,
      before: async () => {
        if (++parts === 3) for (const name of await readdir(server.directory)) await rm(join(server.directory, name))
      },
    })
    const twice = ['created', 'part 0-100000', 'part 100000-200000']
    expect(steps).toEqual([...twice, 'create', ...twice])
    expect(await arrived(server, state)).toBe(true)
  })

  it('that has expired is made again', async () => {
    const server = await serving({ expiresAfter: 1 })
    const client = new FetchClient(file)
    const upload = uploadOf(server.endpoint, file.length)
    const made = await tus().create(upload, client)
    if (!('state' in made)) throw new Error('it ended')
    await vi.waitFor(async () =>
      expect(await tus().locate(upload, made.state, client)).toMatchObject({ detour: 'create' }),
    )
  })

  it('that nobody wants any more is deleted, and may be so twice', async () => {
    const server = await serving()
    const client = new FetchClient(file)
    const upload = uploadOf(server.endpoint, file.length)
    const made = await tus().create(upload, client)
    if (!('state' in made)) throw new Error('it ended')
    expect(await readdir(server.directory)).not.toEqual([])
    await tus().cancel?.(upload, made.state, client)
    expect(await readdir(server.directory)).toEqual([])
    await tus().cancel?.(upload, made.state, client)
    expect(await tus().locate(upload, made.state, client)).toMatchObject({ detour: 'create' })
  })

  it('that is too large for the server says how large it may be', async () => {
    const server = await serving({ maxSize: 1000 })
    for (const withCreation of [false, true])
      await expect(
        tus({ withCreation }).create(uploadOf(server.endpoint, file.length), new FetchClient(file)),
      ).rejects.toMatchObject({ code: 'dataLengthExceedsMaximum', status: 413, retryable: false })
  })
})
