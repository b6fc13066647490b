/** tus with parallel parts: lanes beside one another, which the server joins. The server is ours: see its file. */
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import type { UploadAnswer, UploadRequest } from '../../../src/model/upload-protocol.ts'
import { URLError } from '../../../src/model/url-error.ts'
import { tus } from '../../../src/transfers/upload/tus.ts'
import type { TusState } from '../../../src/transfers/upload/tus-lanes.ts'
import { FetchClient, uploadOf } from './support/fetch-client.ts'
import { scripted } from './support/scripted-server.ts'
import { type SmallTusServer, startSmallTus } from './support/small-tus-server.ts'
import { drive } from './support/tus-driver.ts'

const file = contentAt(2, 0, 100_001)
const upload = ({ endpoint }: { endpoint: string }, parallel: number, chunkSize: number | null = null) =>
  uploadOf(endpoint, file.length, { parallel, chunkSize, name: 'a.bin' })

async function made(server: SmallTusServer, client: FetchClient, parallel = 3): Promise<TusState> {
  const created = await tus().create(upload(server, parallel), client)
  if (!('state' in created)) throw new Error('it ended')
  return created.state
}

describe('a file in lanes', () => {
  it('arrives whole, and ends with the answer to what joined them', async () => {
    const server = await startSmallTus()
    const { answer } = await drive(tus(), upload(server, 3), new FetchClient(file), { part: () => 20_000 })
    const whole = server.uploads.get(answer.headers.get('location') ?? '')
    expect([answer.status, whole?.bytes.equals(file), whole?.concat]).toEqual([
      201,
      true,
      `final;${server.endpoint}/1 ${server.endpoint}/2 ${server.endpoint}/3`,
    ])
  })

  it('has lanes of one length, but for the last, and is told its name as a whole alone', async () => {
    const server = await startSmallTus()
    await drive(tus(), upload(server, 3), new FetchClient(file))
    const told = [...server.uploads.values()].map(({ length, metadata }) => [length, metadata])
    expect(told).toEqual([
      [33_334, null],
      [33_334, null],
      [33_333, null],
      [100_001, `filename ${btoa('a.bin')}`],
    ])
  })

  it('has no more lanes than parts, nor than bytes', async () => {
    const server = await startSmallTus()
    await drive(tus(), upload(server, 8, 60_000), new FetchClient(file))
    expect(server.uploads.size).toBe(3)
    await drive(tus(), upload(server, 8, 100_001), new FetchClient(file))
    expect(server.uploads.size).toBe(4)
    const { answer } = await drive(tus(), uploadOf(server.endpoint, 2, { parallel: 3 }), new FetchClient(file))
    expect(server.uploads.get(answer.headers.get('location') ?? '')?.concat).toContain('/5 ')
  })

  it('is one where the server does not say that it can join several, or says nothing', async () => {
    const server = await startSmallTus({ extensions: 'creation' })
    await drive(tus(), upload(server, 3), new FetchClient(file))
    expect(server.log).toEqual(['OPTIONS /files', 'POST /files', 'PATCH /files/1'])
    const silent = await scripted(({ method }) =>
      method === 'OPTIONS'
        ? { status: 405, headers: { 'tus-max-size': '0' } }
        : { status: 201, headers: { location: '/1' } },
    )
    const created = await tus().create(upload({ endpoint: silent.url }, 3), new FetchClient(file))
    expect([created, silent.asked.length]).toMatchObject([{ state: { urls: [`${silent.url}/1`] } }, 2])
  })

  it('is not begun where it is too large as a whole', async () => {
    const server = await startSmallTus({ maxSize: 100_000 })
    await expect(tus().create(upload(server, 3), new FetchClient(file))).rejects.toMatchObject({
      code: 'dataLengthExceedsMaximum',
      message: expect.stringContaining('at most 100000 bytes') as string,
    })
    expect(server.log).toEqual(['OPTIONS /files'])
  })

  it('is one where a page is kept from seeing what the server can, but not where the network is known to be down', async () => {
    class Failing extends FetchClient {
      opaque = true
      override send(request: UploadRequest): Promise<UploadAnswer> {
        if (request.method !== 'OPTIONS') return super.send(request)
        return Promise.reject(new URLError('opaqueNetworkFailure', { opaque: this.opaque }))
      }
    }
    const server = await startSmallTus()
    const client = new Failing(file)
    expect((await made(server, client)).urls).toEqual([`${server.endpoint}/1`])
    client.opaque = false
    await expect(made(server, client)).rejects.toMatchObject({ code: 'opaqueNetworkFailure' })
  })

  it('waits for a server that has no time to say what it can', async () => {
    const busy = await scripted(() => ({ status: 503 }))
    await expect(tus().create(upload({ endpoint: busy.url }, 3), new FetchClient(file))).rejects.toMatchObject({
      retryable: true,
      status: 503,
    })
  })

  it('gives up the lanes it had where one cannot be had', async () => {
    let posts = 0
    const server = await scripted(({ method }) => {
      if (method === 'OPTIONS') return { status: 204, headers: { 'tus-extension': 'creation, concatenation' } }
      if (method === 'DELETE') return { status: 204 }
      return ++posts === 2 ? { status: 500 } : { status: 201, headers: { location: `/${posts}` } }
    })
    await expect(tus().create(upload({ endpoint: server.url }, 3), new FetchClient(file))).rejects.toMatchObject({
      status: 500,
    })
    const deleted = server.asked.filter(({ method }) => method === 'DELETE').map(({ path }) => path)
    expect(deleted.toSorted()).toEqual(['/1', '/3'])
  })

  it('is not begun where two lanes are given one upload, which would hold the bytes of both', async () => {
    const server = await scripted(({ method }) =>
      method === 'OPTIONS'
        ? { status: 204, headers: { 'tus-extension': 'concatenation' } }
        : { status: 201, headers: { location: '/the-same' } },
    )
    await expect(tus().create(upload({ endpoint: server.url }, 2), new FetchClient(file))).rejects.toMatchObject({
      code: 'badServerResponse',
      message: expect.stringContaining('one upload for two lanes') as string,
    })
  })

  it('is found again lane by lane', async () => {
    const server = await startSmallTus()
    const client = new FetchClient(file)
    const state = await made(server, client)
    await tus().part(upload(server, 3), state, { from: 33_334, to: 40_000 }, client)
    await tus().part(upload(server, 3), state, { from: 66_668, to: 100_001 }, client)
    expect(await tus().locate(upload(server, 3), state, client)).toEqual({
      pieces: [
        { from: 33_334, to: 40_000 },
        { from: 66_668, to: 100_001 },
      ],
      state,
    })
  })

  it('is made again where the server has lost a lane, before or at the end', async () => {
    const server = await startSmallTus()
    const client = new FetchClient(file)
    const state = await made(server, client)
    server.uploads.delete('/files/2')
    expect(await tus().locate(upload(server, 3), state, client)).toMatchObject({ detour: 'create' })
    expect(await tus().finish(upload(server, 3), state, [], client)).toMatchObject({ detour: 'create' })
  })

  it('whose lanes are not whole is not joined', async () => {
    const server = await startSmallTus()
    const client = new FetchClient(file)
    await expect(tus().finish(upload(server, 3), await made(server, client), [], client)).rejects.toMatchObject({
      code: 'badServerResponse',
      status: 400,
      message: expect.stringContaining('a partial upload is not finished') as string,
    })
  })

  it('is deleted lane by lane', async () => {
    const server = await startSmallTus()
    const client = new FetchClient(file)
    const state = await made(server, client)
    await tus().cancel?.(upload(server, 3), state, client)
    expect(server.uploads.size).toBe(0)
  })
})
