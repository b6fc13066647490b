/** Outcomes of an earlier life: told again in order, until the page has settled them. */
import { serveContent } from '../../../../testing/src/fakes/served-content.ts'
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { describe, expect, it } from 'vitest'
import { Life } from '../support/engine-life.ts'

describe('an outcome', () => {
  it('that nobody took is told by every later life, with its file', async () => {
    const first = await Life.begin()
    first.platform.transport.answerWith(serveContent({ size: 500, seed: 3 }))
    const uid = await first.start({ key: 'k', metadata: { a: 1 }, description: 'd' })
    await first.finished(uid)
    first.die()
    for (let life = 0; life < 3; life++) {
      const next = new Life({ disk: first.disk })
      const { tasks } = await next.open()
      expect(tasks).toMatchObject([{ uid, key: 'k', metadata: { a: 1 }, description: 'd', received: 500, total: 500 }])
      await settle()
      expect(next.events.map(({ type }) => type)).toEqual(['finished', 'caught-up'])
      expect(await next.bytes(await next.finished(uid))).toEqual(contentAt(3, 0, 500))
      expect(next.platform.transport.sent).toEqual([])
      next.die()
    }
    const last = await Life.begin({ disk: first.disk })
    await last.engine.settle(uid, false)
    last.die()
    expect((await Life.begin({ disk: first.disk })).events).toEqual([{ type: 'caught-up' }])
  })

  it('that is a failure is told with its resume data', async () => {
    const first = await Life.begin()
    const uid = await first.start()
    ;(await first.platform.transport.next()).respond({ headers: { etag: '"v1"' } }).push(new Uint8Array(10))
    await settle()
    const resumeData = await first.cancelled(uid)
    first.die()
    const next = await Life.begin({ disk: first.disk })
    expect(await next.failed(uid)).toMatchObject({ code: 'cancelled', resumeData })
  })

  it('of several tasks comes before everything is said to be told', async () => {
    const first = await Life.begin()
    first.platform.transport.answerWith(serveContent({ size: 5 }))
    const uids = [await first.start(), await first.start(), await first.start()]
    for (const uid of uids) await first.finished(uid)
    first.die()
    const next = await Life.begin({ disk: first.disk })
    await settle()
    expect(next.events.map(({ type }) => type)).toEqual(['finished', 'finished', 'finished', 'caught-up'])
  })

  it('is never told of a file that is gone, at whatever step the page’s last word is cut off', async () => {
    const first = await Life.begin()
    first.platform.transport.answerWith(serveContent({ size: 500, seed: 3 }))
    const uid = await first.start()
    await first.finished(uid)
    first.die()
    for (const wanted of [true, false]) {
      for (let dieAt = 1; dieAt <= 4; dieAt++) {
        const disk = first.disk.copy()
        const dying = await Life.begin({ process: disk.process({ dieAt }) })
        await dying.engine.settle(uid, wanted).catch(() => {})
        dying.die()
        const next = await Life.begin({ disk })
        await settle()
        if (next.told('finished', uid).length > 0)
          expect(await next.bytes(await next.finished(uid))).toEqual(contentAt(3, 0, 500))
        else expect([next.files, next.keys], `wanted ${wanted}, step ${dieAt}`).toEqual([[], []])
      }
    }
  })
})

describe('a record that cannot be read', () => {
  it('fails its task with the reason, keeps its bytes, and spoils nothing else', async () => {
    const first = await Life.begin()
    const [broken, newer, good] = [await first.start(), await first.start(), await first.start()]
    for (let task = 0; task < 3; task++)
      (await first.platform.transport.next())
        .respond({ headers: { etag: '"v1"', 'content-length': '20' } })
        .push(new Uint8Array(10))
    await settle()
    await first.engine.flush()
    first.die()
    const { records } = first.disk
    records.set(`background.test/task/${broken}`, {
      ...(records.get(`background.test/task/${broken}`) as object),
      ranges: null,
    })
    records.set(`background.test/task/${newer}`, { v: 2, kind: 'download', uid: newer })
    const life = new Life({ disk: first.disk })
    const { tasks, unreadable } = await life.open()
    expect([tasks.map(({ uid }) => uid), unreadable.map(({ uid }) => uid)]).toEqual([[good], [broken]])
    const error = await life.failed(broken)
    expect(error).toMatchObject({
      code: 'recordUnreadable',
      url: 'https://host.test/files/model.bin',
      resumeData: null,
    })
    expect(error.message).toContain('its field "ranges" cannot be read; it was put into quarantine')
    expect(life.files).toEqual([broken, newer, good].toSorted())
    expect(life.record('task', newer)).toEqual({ v: 2, kind: 'download', uid: newer })
    await settle()
    expect((await life.platform.transport.next()).range).toBe('bytes=10-')
  })

  it('is told once; in quarantine it is left alone', async () => {
    const first = await Life.begin()
    first.disk.records.set('background.test/task/broken-01', 'garbage')
    first.die()
    const second = await Life.begin({ disk: first.disk })
    expect(await second.failed('broken-01')).toMatchObject({ code: 'recordUnreadable' })
    await second.engine.settle('broken-01', false)
    second.die()
    const third = await Life.begin({ disk: first.disk })
    await settle()
    expect([third.events.map(({ type }) => type), third.keys]).toEqual([
      ['caught-up'],
      ['background.test/quarantine/broken-01'],
    ])
  })
})
