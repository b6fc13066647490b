/** What a session hears of a download, from its slot to its end. */
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { serveContent } from '../../../../testing/src/fakes/served-content.ts'
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { describe, expect, it } from 'vitest'
import { Life } from '../support/engine-life.ts'

describe('a download', () => {
  it('is told in order, and its file is the served one', async () => {
    const life = await Life.begin()
    life.platform.transport.answerWith(serveContent({ size: 300_000, seed: 5 }))
    const uid = await life.start()
    const file = await life.finished(uid)
    expect(life.story(uid)).toEqual([
      'waiting for slot',
      'waiting for nothing',
      'response 200',
      'waiting for delegate',
      'finished',
    ])
    expect(file).toMatchObject({ size: 300_000, digest: null, path: null })
    expect(await life.bytes(file)).toEqual(contentAt(5, 0, 300_000))
    const progress = life.told('progress', uid)
    expect(progress.at(-1)).toMatchObject({ received: 300_000, total: 300_000 })
    expect(life.events.indexOf(progress.at(-1) as never)).toBeLessThan(
      life.events.indexOf(life.told('finished')[0] as never),
    )
  })

  it('is gone with record and file once it was settled and nobody kept it', async () => {
    const life = await Life.begin()
    life.platform.transport.answerWith(serveContent({ size: 1000 }))
    const uid = await life.start()
    const file = await life.finished(uid)
    await life.engine.settle(uid, false)
    expect([life.keys, life.files]).toEqual([[], []])
    await expect(life.engine.blob(file)).rejects.toMatchObject({ code: 'fileDoesNotExist' })
  })

  it('that was kept stays, with one record that names it', async () => {
    const life = await Life.begin()
    life.platform.transport.answerWith(serveContent({ size: 1000, seed: 2 }))
    const uid = await life.start()
    const file = await life.finished(uid)
    await life.engine.keep(file, 'mine')
    await life.engine.settle(uid, false)
    expect([life.keys, life.files]).toEqual([[`background.test/kept/${uid}`], [uid]])
    expect(await life.engine.kept()).toMatchObject([{ key: 'mine', size: 1000, uid }])
    expect(await life.bytes(file)).toEqual(contentAt(2, 0, 1000))
    await life.engine.removeFile(uid)
    expect([life.keys, life.files, await life.engine.kept()]).toEqual([[], [], []])
  })

  it('kept under a key that was taken takes its place', async () => {
    const life = await Life.begin()
    life.platform.transport.answerWith(serveContent({ size: 1000 }))
    for (const _ of [1, 2]) {
      const uid = await life.start()
      await life.engine.keep(await life.finished(uid), 'mine')
      await life.engine.settle(uid, false)
    }
    expect(life.files).toHaveLength(1)
    expect((await life.engine.kept()).map(({ uid }) => uid)).toEqual(life.files)
  })

  it('that fails tells error and metrics', async () => {
    const life = await Life.begin({ kind: 'default', settings: { retry: { attempts: 2, baseDelay: 1 } } })
    const uid = await life.start()
    for (const _ of [1, 2]) {
      ;(await life.platform.transport.next()).fail('cannotFindHost')
      await life.platform.clock.advance(1)
    }
    const error = await life.failed(uid)
    expect(error).toMatchObject({
      code: 'cannotFindHost',
      attempts: 2,
      bytesTransferred: 0,
      resumeData: null,
      phase: 'connect',
    })
    const [{ metrics } = { metrics: null }] = life.told('failed', uid)
    expect(metrics?.transactions).toMatchObject([
      { status: null, bytes: 0, error: 'cannotFindHost' },
      { status: null, bytes: 0, error: 'cannotFindHost' },
    ])
    expect(life.story(uid).filter((line) => line === 'failed cannotFindHost')).toHaveLength(1)
  })

  it('follows redirects, and is named and counted by where they end', async () => {
    const life = await Life.begin()
    const serve = serveContent({ size: 10 })
    life.platform.transport.answerWith((request, index) =>
      index === 0 ? { status: 302, headers: { location: 'https://cdn.test/x/final.dat' } } : serve(request, index),
    )
    const uid = await life.start()
    const file = await life.finished(uid)
    const [told] = life.told('finished', uid)
    // Its name is made of this, where somebody sees it.
    expect([file.size, told?.response.url, told?.metrics.redirectCount]).toEqual([
      10,
      'https://cdn.test/x/final.dat',
      1,
    ])
  })

  it('tells nothing before it is resumed, and asks nobody', async () => {
    const life = await Life.begin()
    const uid = await life.create()
    await settle()
    expect([life.story(uid), life.platform.transport.sent]).toEqual([[], []])
    expect(life.record('task', uid)).toMatchObject({ running: false, outcome: null, deadline: null })
  })

  it('of an empty file is a file', async () => {
    const life = await Life.begin()
    life.platform.transport.answerWith(serveContent({ size: 0 }))
    const file = await life.finished(await life.start())
    expect([file.size, await life.bytes(file)]).toEqual([0, new Uint8Array(0)])
  })

  it('of an error page is a file too, as Apple has it', async () => {
    const life = await Life.begin()
    life.platform.transport.answerWith(() => ({ status: 404, headers: { 'content-length': '9' }, body: 'not there' }))
    const uid = await life.start()
    const file = await life.finished(uid)
    expect(new TextDecoder().decode(await life.bytes(file))).toBe('not there')
    expect(life.told('finished', uid)[0]?.response.status).toBe(404)
  })
})
