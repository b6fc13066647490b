/** Keys: refused while somebody alive has them, free again afterwards. */
import { serveContent } from '../../../../testing/src/fakes/served-content.ts'
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { describe, expect, it } from 'vitest'
import { Life } from '../support/engine-life.ts'

const taken = { code: 'duplicateKey', phase: 'setup', message: expect.stringContaining('the key is "mine"') as string }

describe('a key', () => {
  it('is refused while a live task has it, suspended or running', async () => {
    const life = await Life.begin()
    await life.create({ key: 'mine' })
    await expect(life.create({ key: 'mine' })).rejects.toMatchObject(taken)
    await life.create({ key: 'other' })
    await life.create({ key: null })
    await life.create({ key: null })
  })

  it('is refused while its task is just being made', async () => {
    const life = await Life.begin()
    const both = await Promise.allSettled([life.create({ key: 'mine' }), life.create({ key: 'mine' })])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  })

  it('refused leaves nothing behind', async () => {
    const life = await Life.begin()
    const uid = await life.create({ key: 'mine' })
    await life.create({ key: 'mine' }).catch(() => {})
    expect(life.keys).toEqual([`background.test/task/${uid}`])
  })

  it('is free once its task has an outcome', async () => {
    const life = await Life.begin()
    life.platform.transport.answerWith(serveContent({ size: 10 }))
    const first = await life.start({ key: 'mine' })
    await life.finished(first)
    await life.create({ key: 'mine' })
  })

  it('is free when the making of its task failed', async () => {
    const life = await Life.begin()
    life.platform.process.options.beforeStep = ({ what }) => (what.includes('/task/') ? new Error('no') : null)
    await expect(life.create({ key: 'mine' })).rejects.toThrow('no')
    delete life.platform.process.options.beforeStep
    await life.create({ key: 'mine' })
  })

  it('is held over a restart by the task that has it', async () => {
    const first = await Life.begin()
    await first.create({ key: 'mine' })
    first.die()
    const second = await Life.begin({ disk: first.disk })
    await expect(second.create({ key: 'mine' })).rejects.toMatchObject(taken)
  })
})

describe('creating', () => {
  it('the same task twice makes it once, and both hear its number', async () => {
    const life = await Life.begin()
    await life.create({ uid: 'the-same-1', identifier: 7 })
    await life.create({ uid: 'the-same-1', identifier: 9 })
    expect(life.record('task', 'the-same-1')).toMatchObject({ identifier: 7 })
    expect(life.keys).toHaveLength(1)
  })

  it('is waited for by the commands that come after it', async () => {
    const life = await Life.begin()
    const making = life.create({ uid: 'coming-01' })
    const resuming = life.engine.resume('coming-01')
    await Promise.all([making, resuming])
    await settle()
    expect(life.platform.transport.waiting).toBe(1)
  })

  it('gives numbers that no earlier life gave', async () => {
    const first = await Life.begin()
    await first.create({ identifier: 5 })
    first.die()
    const second = new Life({ disk: first.disk })
    expect((await second.open()).nextIdentifier).toBe(6)
    const uid = await second.create({ identifier: 1 })
    expect(second.record('task', uid)).toMatchObject({ identifier: 6 })
  })

  it('stores no credentials, and sends them while this life lasts', async () => {
    const first = await Life.begin()
    const uid = await first.start({
      request: { url: 'https://host.test/', headers: { authorization: 'Bearer secret', accept: 'a' } },
    })
    expect((await first.platform.transport.next()).request.headers.get('authorization')).toBe('Bearer secret')
    expect(JSON.stringify([...first.disk.records])).not.toContain('secret')
    first.die()
    const second = await Life.begin({ disk: first.disk })
    await settle()
    expect((await second.platform.transport.next()).request.headers.get('authorization')).toBeNull()
    expect(second.told('warning', uid)[0]?.warning).toMatchObject({
      code: 'credentialsNotStored',
      message: expect.stringContaining('authorization') as string,
    })
  })

  it('commands for a task that nobody knows change nothing', async () => {
    const life = await Life.begin()
    await life.engine.resume('unknown-1')
    await life.engine.suspend('unknown-1')
    await life.engine.edit('unknown-1', { priority: 1 })
    await life.engine.settle('unknown-1', true)
    expect([await life.engine.cancel('unknown-1', true), life.keys, life.files]).toEqual([null, [], []])
  })
})
