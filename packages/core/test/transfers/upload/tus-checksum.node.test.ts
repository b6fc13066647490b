/** tus with checksums: what was damaged on its way is sent again. The server is ours: see its file. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import type { TusChecksum } from '../../../src/model/tus-options.ts'
import { tus } from '../../../src/transfers/upload/tus.ts'
import { FetchClient, uploadOf } from './support/fetch-client.ts'
import { startSmallTus } from './support/small-tus-server.ts'
import { drive } from './support/tus-driver.ts'

const file = contentAt(3, 0, 50_000)

describe('a part with a checksum', () => {
  it.for<TusChecksum>(['sha1', 'sha256', 'sha512'])('of %s that was damaged is sent again', async (checksum) => {
    const server = await startSmallTus({ algorithms: ['sha1', 'sha256', 'sha512'], damaged: 2 })
    const upload = uploadOf(server.endpoint, file.length)
    const { steps } = await drive(tus({ checksum }), upload, new FetchClient(file), { part: () => 20_000 })
    expect(steps).toEqual(['created', 'again', 'again', 'part 0-20000', 'part 20000-40000'])
    expect(server.uploads.get('/files/1')?.bytes.equals(file)).toBe(true)
  })

  it('and without one is stored damaged, which shows what a checksum is for', async () => {
    const server = await startSmallTus({ damaged: 1 })
    await drive(tus(), uploadOf(server.endpoint, file.length), new FetchClient(file))
    expect(server.uploads.get('/files/1')?.bytes.equals(file)).toBe(false)
  })

  it('is checked in lanes too', async () => {
    const server = await startSmallTus({ damaged: 1 })
    const upload = uploadOf(server.endpoint, file.length, { parallel: 2 })
    const { answer, steps } = await drive(tus({ checksum: 'sha1' }), upload, new FetchClient(file))
    expect(server.uploads.get(answer.headers.get('location') ?? '')?.bytes.equals(file)).toBe(true)
    expect(steps).toContain('again')
  })

  it('of a kind that the server does not know ends with its words', async () => {
    const server = await startSmallTus({ algorithms: ['sha1'] })
    const driving = drive(tus({ checksum: 'sha512' }), uploadOf(server.endpoint, 50_000), new FetchClient(file))
    await expect(driving).rejects.toMatchObject({
      code: 'badServerResponse',
      status: 400,
      retryable: false,
      message: expect.stringContaining('"no checksum of sha512 here"') as string,
    })
  })

  it('is at most 16 MiB, because it is in memory whole', async () => {
    const server = await startSmallTus()
    const upload = uploadOf(server.endpoint, 1e9)
    const made = await tus({ checksum: 'sha1' }).create(upload, new FetchClient(file))
    expect(made).toMatchObject({ limits: { most: 16 * 1024 * 1024 } })
    expect(await tus().create(upload, new FetchClient(file))).not.toHaveProperty('limits')
  })

  it('cannot be made where the platform hides its hashes', async () => {
    const server = await startSmallTus()
    vi.spyOn(crypto, 'subtle', 'get').mockReturnValue(undefined as never)
    onTestFinished(() => void vi.restoreAllMocks())
    const driving = drive(tus({ checksum: 'sha1' }), uploadOf(server.endpoint, 50_000), new FetchClient(file))
    await expect(driving).rejects.toMatchObject({
      code: 'unsupportedByPlatform',
      message: expect.stringContaining('serve the page over https') as string,
    })
  })
})
