/** Nothing is deleted unread: a newer record is left alone, an unreadable one is put aside and its task fails with the reason. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { serve, unique } from '../support/session.ts'
import { Life } from './support/life.ts'
import { byteFiles, editTask, records, recordText, stateDirectory } from './support/state.ts'

/** A directory with one broken-off download, of a background session. */
async function brokenOff(): Promise<{
  directory: string
  identifier: string
  bytes: string
  requests: () => Promise<unknown[]>
}> {
  const directory = await stateDirectory()
  const identifier = unique('other')
  const file = await serve('other.bin', { size: 950_000, seed: 131, stallAfter: 300_000 })
  const life = await Life.start({ directory, identifier, delegate: 'keeping' })
  await life.do.download(file.url, { key: 'film' })
  await life.when('didWriteData', ({ bytes = 0 }) => bytes >= 300_000)
  await life.do.flush()
  await life.kill()
  const [bytes = ''] = await byteFiles(directory)
  return { directory, identifier, bytes, requests: () => file.requests() }
}

/** The value in a record's text, or null where that is no JSON. */
function parsed(text: string): unknown {
  try {
    return (JSON.parse(text) as { value: unknown }).value
  } catch {
    return null
  }
}

describe('a record of a newer version', () => {
  it('is left alone with its bytes, by its own session and by others', async () => {
    const { directory, identifier, bytes, requests } = await brokenOff()
    const text = await editTask(directory, (old) => old.replace('"v":1', '"v":2'))
    for (const options of [{ identifier }, { identifier: null }]) {
      const life = await Life.start({ directory, ...options, delegate: 'keeping' })
      expect(await life.do.tasks()).toEqual([])
      await life.do.download((await serve('own.bin', { size: 10 })).url)
      await life.when('didComplete')
      await life.do.close()
    }
    const [name = ''] = await records(directory, 'task')
    expect(await recordText(directory, name)).toBe(text)
    expect(await byteFiles(directory)).toContain(bytes)
    expect(await requests()).toHaveLength(1)
  })
})

describe('a record that cannot be read', () => {
  it.each<[string, (text: string) => string]>([
    ['cut in half', (text) => text.slice(0, text.length / 2)],
    ['not even JSON', () => 'The disk is not what it used to be.'],
    ['with ranges that overlap', (text) => text.replace(/"ranges":\[\[.*?\]\]/, '"ranges":[[0,10],[5,20]]')],
    ['without a request', (text) => text.replace('"request":{', '"request":null,"was":{')],
  ])('%s goes to quarantine, and its task fails with the reason', async (_name, damage) => {
    const { directory, identifier, bytes, requests } = await brokenOff()
    const text = await editTask(directory, damage)
    const life = await Life.start({ directory, identifier, delegate: 'keeping' })
    expect((await life.when('didComplete')).code).toBe('recordUnreadable')
    await life.when('didFinishEvents')
    expect(await life.do.tasks()).toEqual([])
    await life.do.close()
    expect(await records(directory, 'task')).toEqual([])
    const [name = ''] = await records(directory, 'quarantine')
    // What was there can still be read off it.
    const { value } = JSON.parse(await recordText(directory, name)) as { value: { value: unknown } }
    expect(value.value).toEqual(parsed(text) ?? { unreadableText: text })
    expect(await byteFiles(directory)).toContain(bytes)
    expect(await requests()).toHaveLength(1)

    // It is told once, and other work is not hindered.
    const next = await Life.start({ directory, identifier, delegate: 'keeping' })
    await next.when('didFinishEvents')
    await next.do.download((await serve('own.bin', { size: 10 })).url)
    expect((await next.when('didComplete')).code).toBe(null)
    expect(next.of('didComplete')).toHaveLength(1)
  })

  it('takes nothing with it: the other downloads of its session go on', async () => {
    const { directory, identifier } = await brokenOff()
    const first = await Life.start({ directory, identifier, delegate: 'keeping' })
    await first.do.tasks()
    const other = await serve('healthy.bin', { size: 900_000, stallAfter: 300_000 })
    const { identifier: number } = await first.do.download(other.url)
    await first.when('didWriteData', ({ task, bytes = 0 }) => task === number && bytes >= 300_000)
    await first.do.flush()
    await first.kill()
    await other.behaveWell()
    const names = await records(directory, 'task')
    const texts = await Promise.all(names.map((name) => readFile(join(directory, 'records', name), 'utf8')))
    const victim = texts.findIndex((text) => !text.includes(other.url))
    await editTask(directory, (text) => text.slice(0, 50), names[victim])
    const second = await Life.start({ directory, identifier, delegate: 'keeping' })
    expect((await second.when('didComplete', ({ task }) => task === number)).code).toBe(null)
    expect(
      second
        .of('didComplete')
        .map(({ code }) => code)
        .toSorted(),
    ).toEqual([null, 'recordUnreadable'].toSorted())
  })
})
