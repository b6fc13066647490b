/** Bytes put aside: for whom, for how often, and what becomes of them when engines die in between. */
import { serveContent } from '../../../../testing/src/fakes/served-content.ts'
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { describe, expect, it } from 'vitest'
import { parseResumeData, type ResumeData } from '../../../src/model/resume-data.ts'
import { Life } from '../support/engine-life.ts'

const SIZE = 100_000
const DAY = 86_400_000
const headers = { etag: '"v1"', 'content-length': String(SIZE), 'accept-ranges': 'bytes' }
const rest = { size: SIZE, seed: 1, etag: '"v1"', lastModified: null }
const whole = contentAt(1, 0, SIZE)

/** A task that is cancelled after 40,000 bytes, for resume data. */
async function put(
  life: Life,
  more: { [header: string]: string } = headers,
): Promise<{ uid: string; resumeData: ResumeData | null }> {
  const uid = await life.start()
  const body = (await life.platform.transport.next()).respond({ headers: more })
  body.push(contentAt(1, 0, 40_000))
  await settle()
  return { uid, resumeData: await life.cancelled(uid) }
}

describe('resume data', () => {
  it('names the bytes, no path and no credentials, and survives any copy', async () => {
    const life = await Life.begin()
    const { uid, resumeData } = await put(life)
    expect(parseResumeData(JSON.parse(JSON.stringify(resumeData)))).toEqual(resumeData)
    expect(resumeData).toMatchObject({
      token: uid,
      received: 40_000,
      total: SIZE,
      etag: '"v1"',
      lastModified: null,
      headers: [],
    })
    expect(life.told('failed', uid)[0]?.error).toMatchObject({
      code: 'cancelled',
      resumeData,
      bytesTransferred: 40_000,
    })
  })

  it('is gone on from in another life, asking for the rest only', async () => {
    const first = await Life.begin()
    const { resumeData } = await put(first)
    first.die()
    const life = await Life.begin({ disk: first.disk })
    life.platform.transport.answerWith(serveContent(rest))
    const uid = await life.start({ resumeData })
    const file = await life.finished(uid)
    expect(await life.bytes(file)).toEqual(whole)
    expect(life.platform.transport.sent.map(({ headers: sent }) => [sent.get('range'), sent.get('if-range')])).toEqual([
      ['bytes=40000-', '"v1"'],
    ])
    expect(life.story(uid)).toContain('resumed at 40000')
  })

  it('can be used once, also over lives', async () => {
    const life = await Life.begin()
    const { resumeData } = await put(life)
    const uid = await life.create({ resumeData })
    expect(life.record('parked', resumeData?.token ?? '')).toBeUndefined()
    await expect(life.create({ resumeData, uid: 'another-1' })).rejects.toMatchObject({
      code: 'badResumeData',
      message: expect.stringContaining('used before') as string,
    })
    life.die()
    const later = await Life.begin({ disk: life.disk })
    await expect(later.create({ resumeData, uid: 'another-2' })).rejects.toMatchObject({ code: 'badResumeData' })
    expect(later.record('task', uid)).toMatchObject({ ranges: [[0, 40_000]] })
  })

  it('makes new resume data each time it is interrupted, on the same file', async () => {
    const life = await Life.begin()
    let { resumeData } = await put(life)
    const file = resumeData?.token
    for (let use = 1; use <= 5; use++) {
      const uid = await life.start({ resumeData })
      const body = (await life.platform.transport.next()).respond({
        status: 206,
        headers: { etag: '"v1"', 'content-range': `bytes ${30_000 + use * 10_000}-${SIZE - 1}/${SIZE}` },
      })
      body.push(contentAt(1, 30_000 + use * 10_000, 10_000))
      await settle()
      resumeData = await life.cancelled(uid)
      expect(resumeData).toMatchObject({ token: `${file}-g${use + 1}`, received: 40_000 + use * 10_000 })
    }
    expect(life.files).toEqual([file])
    life.platform.transport.answerWith(serveContent(rest))
    expect(await life.bytes(await life.finished(await life.start({ resumeData })))).toEqual(whole)
  })

  it('of a file that changed starts over, with the new one whole', async () => {
    const life = await Life.begin()
    const { resumeData } = await put(life)
    life.platform.transport.answerWith(serveContent({ size: 50_000, seed: 2, etag: '"v2"' }))
    const uid = await life.start({ resumeData })
    expect(await life.bytes(await life.finished(uid))).toEqual(contentAt(2, 0, 50_000))
    expect(life.story(uid)).toContain('resumed at 0')
  })

  it('of another browser, whose bytes are not here, starts from zero', async () => {
    const elsewhere = await Life.begin()
    const { resumeData } = await put(elsewhere)
    const life = await Life.begin()
    life.platform.transport.answerWith(serveContent(rest))
    expect(await life.bytes(await life.finished(await life.start({ resumeData })))).toEqual(whole)
    expect(life.platform.transport.sent[0]?.headers.get('range')).toBeNull()
  })

  it.each([
    ['no validator', { 'content-length': String(SIZE) }],
    ['a weak ETag only', { etag: 'W/"v1"', 'content-length': String(SIZE) }],
    ['no ranges', { ...headers, 'accept-ranges': 'none' }],
    ['a compressed body', { ...headers, 'content-encoding': 'gzip' }],
  ])('is none where there is %s, and the bytes go', async (_what, more) => {
    const life = await Life.begin()
    expect((await put(life, more)).resumeData).toBeNull()
    expect(life.files).toEqual([])
  })

  it('is none before the first byte', async () => {
    const life = await Life.begin()
    const uid = await life.start()
    expect(await life.cancelled(uid)).toBeNull()
  })

  it('whose record cannot be read says so, and leaves the bytes alone', async () => {
    const life = await Life.begin()
    const { resumeData } = await put(life)
    const key = `background.test/parked/${resumeData?.token}`
    for (const value of [{ v: 1, kind: 'parked', broken: true }, { v: 9 }]) {
      life.disk.records.set(key, value)
      await expect(life.create({ resumeData })).rejects.toMatchObject({ code: 'recordUnreadable' })
      expect([life.disk.records.get(key), life.disk.files.get(resumeData?.token ?? '')?.size]).toEqual([value, 40_000])
    }
  })

  it('is still good when the engine dies before the task that uses it is stored', async () => {
    const life = await Life.begin()
    const { uid, resumeData } = await put(life)
    await life.engine.settle(uid, false)
    const before = life.disk.copy()
    const dying = await Life.begin({ process: before.process({ dieAt: 2 }) })
    await dying.create({ resumeData }).catch(() => {})
    expect(dying.platform.process.dead).toBe(true)
    const next = await Life.begin({ disk: before })
    next.platform.transport.answerWith(serveContent(rest))
    expect(await next.bytes(await next.finished(await next.start({ resumeData })))).toEqual(whole)
  })

  it('is still good when the task that would use it cannot be stored', async () => {
    const life = await Life.begin()
    const { uid, resumeData } = await put(life)
    await life.engine.settle(uid, false)
    life.platform.process.options.beforeStep = ({ kind, what }) =>
      kind === 'set' && what.includes('/task/') ? new Error('the disk is full') : null
    await expect(life.create({ resumeData })).rejects.toThrow('the disk is full')
    delete life.platform.process.options.beforeStep
    life.platform.transport.answerWith(serveContent(rest))
    expect(await life.bytes(await life.finished(await life.start({ resumeData })))).toEqual(whole)
    expect(life.platform.transport.sent.at(-1)?.headers.get('range')).toBe('bytes=40000-')
  })

  it('is used up when the engine dies right after', async () => {
    const life = await Life.begin()
    const { uid, resumeData } = await put(life)
    await life.engine.settle(uid, false)
    life.die()
    // 1: the number, 2: the new record; 3 would be that the token is used.
    const dying = await Life.begin({ process: life.disk.process({ dieAt: 3 }) })
    await dying.create({ resumeData }).catch(() => {})
    expect(Object.keys(Object.fromEntries(life.disk.records))).toEqual(
      expect.arrayContaining([`background.test/parked/${uid}`, `background.test/task/${uid}-g2`]),
    )
    const next = await Life.begin({ disk: life.disk })
    expect([next.record('parked', uid), next.record('task', `${uid}-g2`)?.['ranges']]).toEqual([
      undefined,
      [[0, 40_000]],
    ])
    await expect(next.create({ resumeData, uid: 'another-1' })).rejects.toMatchObject({ code: 'badResumeData' })
  })

  it('that was used is remembered as long as anything names its file, or the file is there', async () => {
    let life = await Life.begin()
    const { resumeData } = await put(life)
    const token = resumeData?.token ?? ''
    const key = `background.test/used/${token}`
    await life.engine.settle(token, false)
    const again = async (): Promise<void> => {
      life.die()
      life = await Life.begin({ disk: life.disk, kind: 'background' })
      expect(life.keys).toContain(key)
      await expect(life.create({ resumeData, uid: `${token}-g3` })).rejects.toMatchObject({ code: 'badResumeData' })
    }
    const uid = await life.create({ resumeData })
    await again()
    life.platform.transport.answerWith(serveContent(rest))
    await life.engine.resume(uid)
    const file = await life.finished(uid)
    await again()
    await life.engine.keep(file, 'mine')
    await life.engine.settle(uid, true)
    await again()
    // The platform took the file, but its record is there.
    life.disk.evict(token)
    await again()
    await life.engine.removeFile(token)
    life.die()
    life = await Life.begin({ disk: life.disk })
    expect(life.keys.filter((one) => one.includes('/used/'))).toEqual([])
    life.platform.transport.answerWith(serveContent(rest))
    expect(await life.bytes(await life.finished(await life.start({ resumeData })))).toEqual(whole)
    expect(life.platform.transport.sent[0]?.headers.get('range')).toBeNull()
  })

  it('that was used is remembered while its file cannot be removed', async () => {
    const life = await Life.begin()
    const { resumeData } = await put(life)
    const token = resumeData?.token ?? ''
    await life.create({ resumeData })
    await life.engine.settle(token, false)
    life.die()
    life.disk.records.delete(`background.test/task/${token}-g2`)
    const process = life.disk.process()
    process.options.beforeStep = ({ kind }) => (kind === 'remove' ? new Error('it is still open') : null)
    const next = await Life.begin({ process })
    expect([next.files, next.keys]).toEqual([[token], [`background.test/used/${token}`]])
    await expect(next.create({ resumeData, uid: 'another-1' })).rejects.toMatchObject({ code: 'badResumeData' })
    next.die()
    const last = await Life.begin({ disk: life.disk })
    expect([last.files, last.keys]).toEqual([[], []])
  })

  it('leaves nothing behind, however often it is used', async () => {
    let life = await Life.begin()
    let { uid, resumeData } = await put(life)
    for (let use = 0; use < 20; use++) {
      await life.engine.settle(uid, false)
      uid = await life.create({ resumeData })
      resumeData = await life.cancelled(uid)
    }
    await life.engine.settle(uid, false)
    life.disk.records.delete(`background.test/parked/${resumeData?.token}`)
    life.die()
    // The bytes, which belong to nobody now, go with the next start, and what was remembered of them with it.
    life = await Life.begin({ disk: life.disk })
    expect([life.files, life.keys]).toEqual([[], []])
  })

  it('nobody came back for is kept a week, then swept with its bytes', async () => {
    const first = await Life.begin()
    const { uid } = await put(first)
    await first.engine.settle(uid, false)
    first.die()
    const { clock } = first.platform
    await clock.advance(7 * DAY - 1000)
    const second = await Life.begin({ disk: first.disk, clock })
    expect([second.keys, second.files]).toEqual([[`background.test/parked/${uid}`], [uid]])
    second.die()
    await clock.advance(2000)
    const third = await Life.begin({ disk: first.disk, clock })
    expect([third.keys, third.files]).toEqual([[], []])
  })
})
