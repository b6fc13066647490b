/** A download that goes where the caller says: to a path in Node, into a picked file in a browser. */
import { SessionConfiguration, type PickedFile } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { bytesOf, directory, inNode, makeSession, node, rejection, serve, unique } from '../support/session.ts'

const path = (...parts: string[]): string => [directory ?? '', unique('place'), ...parts].join('/')
const read = (at: string): Uint8Array => new Uint8Array(node?.('node:fs').readFileSync(at) ?? [])

describe.runIf(inNode)('a destination path', () => {
  it('gets the file, in folders that are made for it, and no half of it before', async () => {
    const file = await serve('placed.bin', { size: 700_000, seed: 61, stallAfter: 300_000 })
    const destination = path('deep', 'film.bin')
    const task = makeSession().downloadTask(file.url, { destination }).resume()
    for await (const { completed } of task.progress) if (completed >= 300_000) break
    expect(node?.('node:fs').existsSync(destination)).toBe(false)
    await file.releaseStalls()
    const { file: got } = await task.finished
    expect(got.path).toBe(destination)
    expect(read(destination)).toEqual(contentAt(61, 0, 700_000))
    expect(await bytesOf(await got.blob())).toEqual(contentAt(61, 0, 700_000))
  })

  it('keeps its file when the session ends, and when a delegate did not keep it', async () => {
    const { url } = await serve('staying.bin', { size: 5000, seed: 62 })
    const [one, other] = [path('a.bin'), path('b.bin')]
    const session = makeSession(undefined, { didFinishDownloading() {} })
    await session.downloadTask(url, { destination: one }).resume().finished
    await session.download(url, { destination: other })
    await session.close()
    for (const at of [one, other]) expect(read(at)).toEqual(contentAt(62, 0, 5000))
  })

  it('has what was there replaced, but only by a whole file', async () => {
    const good = await serve('good.bin', { size: 5000, seed: 63 })
    const bad = await serve('bad.bin', { size: 5000, corruptAt: 7 })
    const destination = path('replaced.bin')
    const session = makeSession()
    await session.download(good.url, { destination })
    const { sri: integrity } = await bad.sha256()
    await rejection(session.download(bad.url, { destination, integrity }))
    expect(read(destination)).toEqual(contentAt(63, 0, 5000))
  })

  it('that cannot be written fails the task with the reason, and the bytes can be used again', async () => {
    const file = await serve('unplaced.bin', { size: 5000, seed: 64 })
    const blocked = path('a-file')
    const session = makeSession()
    await session.download(file.url, { destination: blocked })
    const error = await rejection(session.download(file.url, { destination: `${blocked}/below.bin` }))
    expect(error).toMatchObject({ code: 'cannotMoveFile', phase: 'delivery', url: file.url })
    const { resumeData } = error as { resumeData: never }
    const { file: got } = await session.download(resumeData, { destination: path('second.bin') })
    expect(await bytesOf(await got.blob())).toEqual(contentAt(64, 0, 5000))
    expect(await file.requests()).toHaveLength(2)
  })

  it('gets a copy by `save`, as often as one likes', async () => {
    const { file } = await makeSession().download((await serve('saved.bin', { size: 5000, seed: 65 })).url)
    const [one, other] = [path('one.bin'), path('other.bin')]
    await file.save(one)
    await file.save(other)
    for (const at of [one, other]) expect(read(at)).toEqual(contentAt(65, 0, 5000))
    expect((await file.blob()).size).toBe(5000)
    await expect(file.save(`${one}/below`)).rejects.toMatchObject({ code: 'cannotMoveFile' })
  })
})

describe('a destination that is none here', () => {
  it('is refused at the call, and says what to use instead', async () => {
    const file = await serve('nowhere.bin', { size: 100 })
    const picked: PickedFile = { kind: 'file', name: 'x', createWritable: () => Promise.reject(new Error('never')) }
    const session = makeSession(SessionConfiguration.ephemeral())
    const destination = inNode ? picked : '/tmp/film.bin'
    const refused = expect.objectContaining({ code: 'unsupportedByPlatform', phase: 'setup', url: file.url })
    expect(() => session.downloadTask(file.url, { destination })).toThrow(refused)
    expect(() => session.downloadTask(file.url, { destination })).toThrow(inNode ? /give a path/ : /file\.save\(\)/)
    await expect(session.download(file.url, { destination })).rejects.toEqual(refused)
    expect(await file.requests()).toEqual([])
  })
})
