/** A background session's uploads outlive a SIGKILL of their process: the next one asks the server what it has, and sends the rest. */
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { startTus, type TusServer } from '../support/servers/tus-server.ts'
import { unique } from '../support/session.ts'
import { Life } from './support/life.ts'
import { byteFiles, records, removeByteFiles, stateDirectory } from './support/state.ts'

const MiB = 1 << 20
const SIZE = 6 * MiB
const slow = { protocol: 'tus', bytesPerSecond: 3 * MiB, chunkSize: 512 << 10 } as const
const body = contentAt(5, 0, SIZE)

let tus: TusServer | null = null
const server = async (): Promise<TusServer> => (tus ??= await startTus())
const folder = mkdtemp(join(tmpdir(), 'urlsession-uploads-'))
afterAll(async () => {
  await tus?.stop()
  await rm(await folder, { recursive: true })
})

async function fileOf(name: string): Promise<string> {
  const path = join(await folder, name)
  await writeFile(path, body)
  return path
}

const accepted = (life: Life, bytes: number): Promise<unknown> =>
  life.when('didSendBodyData', (one) => (one.bytes ?? 0) >= bytes)

describe('an upload whose process was killed', () => {
  it.each(['path', 'blob', 'stream'] as const)(
    'goes on in the next process where the server is (from a %s)',
    async (as) => {
      const { endpoint, bytes } = await server()
      const directory = await stateDirectory()
      const identifier = unique('films')
      const first = await Life.start({ directory, identifier, delegate: 'keeping' })
      const given = as === 'path' ? await fileOf('film.mp4') : body
      const before = await first.do.upload(endpoint, given, as, { ...slow, key: 'film', metadata: { album: 7 } })
      await accepted(first, 2 * MiB)
      await first.kill()

      const second = await Life.start({ directory, identifier, delegate: 'keeping' })
      expect(await second.do.uploads()).toEqual([{ ...before, state: 'running' }])
      const { url = '' } = await second.when('uploaded')
      expect(await bytes(url)).toEqual(Buffer.from(body))
      // What was there was not sent again: the first thing heard of is more than that.
      expect(second.of('didSendBodyData')[0]?.bytes).toBeGreaterThanOrEqual(2 * MiB)
      expect((await second.when('didComplete')).code).toBe(null)
      await second.do.close()
      expect(await records(directory, 'task')).toEqual([])
      expect(await byteFiles(directory)).toEqual([])
    },
  )

  it('arrives whole though every process that works on it is killed', async () => {
    const { endpoint, bytes } = await server()
    const directory = await stateDirectory()
    const identifier = unique('unlucky')
    let life = await Life.start({ directory, identifier, delegate: 'keeping' })
    await life.do.upload(endpoint, await fileOf('unlucky.bin'), 'path', slow)
    for (const target of [1, 2, 3, 4].map((count) => count * MiB)) {
      await accepted(life, target)
      await life.kill()
      life = await Life.start({ directory, identifier, delegate: 'keeping' })
      await life.do.uploads()
    }
    const { url = '' } = await life.when('uploaded')
    expect(await bytes(url)).toEqual(Buffer.from(body))
  })

  it('tells how it ended where nobody had heard it to the end, and sends nothing', async () => {
    const own = await startTus()
    const directory = await stateDirectory()
    const identifier = unique('told')
    const first = await Life.start({ directory, identifier, delegate: 'stuck' })
    await first.do.upload(own.endpoint, body, 'blob', { protocol: 'tus', key: 'film' })
    await first.when('didFinishCollectingMetrics')
    await first.kill()
    await own.stop()
    // Without a delegate it is kept until somebody asks for tasks.
    const second = await Life.start({ directory, identifier, delegate: 'none' })
    expect(await second.do.uploads()).toMatchObject([{ key: 'film' }])
    expect((await second.when('uploaded')).url).toContain(own.endpoint)
    await second.do.close()
    expect(await records(directory, 'task')).toEqual([])
  })

  it('fails when its file is another one by then, and sends none of it', async () => {
    const { endpoint } = await server()
    const directory = await stateDirectory()
    const identifier = unique('changed')
    const path = await fileOf('changed.bin')
    const first = await Life.start({ directory, identifier, delegate: 'keeping' })
    await first.do.upload(endpoint, path, 'path', slow)
    await accepted(first, MiB)
    await first.kill()
    await appendFile(path, 'more')
    const second = await Life.start({ directory, identifier, delegate: 'keeping' })
    await second.do.uploads()
    expect((await second.when('didComplete')).code).toBe('fileChanged')
    expect(second.of('didSendBodyData')).toEqual([])
  })

  it('is asked for again where nothing of it is left, and goes on with the same bytes', async () => {
    const { endpoint, bytes } = await server()
    const directory = await stateDirectory()
    const identifier = unique('lost')
    const first = await Life.start({ directory, identifier, delegate: 'keeping' })
    await first.do.upload(endpoint, body, 'blob', slow)
    await accepted(first, 2 * MiB)
    await first.kill()
    await removeByteFiles(directory)
    const second = await Life.start({ directory, identifier, delegate: 'giving' })
    await second.do.uploads()
    expect((await second.when('needNewBodyStream')).bytes).toBeGreaterThanOrEqual(2 * MiB)
    const { url = '' } = await second.when('uploaded')
    expect(await bytes(url)).toEqual(Buffer.from(body))
  })

  it('fails where nothing of it is left, and nobody gives it again', async () => {
    const { endpoint } = await server()
    const directory = await stateDirectory()
    const identifier = unique('gone')
    const first = await Life.start({ directory, identifier, delegate: 'keeping' })
    await first.do.upload(endpoint, body, 'blob', slow)
    await accepted(first, MiB)
    await first.kill()
    await removeByteFiles(directory)
    const second = await Life.start({ directory, identifier, delegate: 'keeping' })
    await second.do.uploads()
    expect((await second.when('didComplete')).code).toBe('requestBodyStreamExhausted')
  })

  it('is not sent twice where that could do harm: an ordinary POST fails', async () => {
    let requests = 0
    // Takes everything and says nothing.
    const silent = createServer((request) => {
      requests += 1
      request.resume().on('error', () => {})
    }).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const directory = await stateDirectory()
    const identifier = unique('posted')
    const first = await Life.start({ directory, identifier, delegate: 'keeping' })
    const { port } = silent.address() as AddressInfo
    await first.do.upload(`http://127.0.0.1:${port}/`, await fileOf('posted.bin'), 'path')
    await first.when('didSendBodyData')
    await first.kill()
    const second = await Life.start({ directory, identifier, delegate: 'keeping' })
    await second.do.uploads()
    expect((await second.when('didComplete')).code).toBe('networkConnectionLost')
    expect(requests).toBe(1)
    silent.closeAllConnections()
    silent.close()
  })
})
