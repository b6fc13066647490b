/** Records as files, beyond what every record store promises: names, damage, and sudden death. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openFileRecords } from '../../src/platform/node/file-records.ts'
import { recordFromText, recordToText } from '../../src/platform/node/record-text.ts'
import { fileNameOf, textOf } from '../../src/platform/node/safe-name.ts'
import { scratch } from './support/scratch.ts'

const KEY = 'background.media/task/019876ab'

describe('names', () => {
  const texts = [
    KEY,
    'A',
    'a',
    'ä',
    '.',
    '..',
    '.hidden',
    'a.',
    'a/../../b',
    'con',
    'a b',
    '%41',
    '🎈',
    'a:b*c?"<>|\\',
    '\0',
    '~7e~',
    '-_.',
  ]

  test('are safe everywhere, and no two texts share one, also where capitals do not count', () => {
    const names = texts.map(fileNameOf)
    for (const name of names) expect(name).toMatch(/^(?!\.)[a-z0-9._%-]{1,200}(?<!\.)$/)
    expect(new Set(names.map((name) => name.toUpperCase())).size).toBe(texts.length)
    expect(names.map(textOf)).toEqual(texts)
  })

  test('of texts that are too long keep the beginning, and stay different', () => {
    const long = [
      'x'.repeat(201),
      'x'.repeat(202),
      '漢'.repeat(200),
      `${'x'.repeat(129)}漢字${'y'.repeat(300)}`,
      '/'.repeat(5000),
    ]
    const names = long.map(fileNameOf)
    expect(new Set(names).size).toBe(long.length)
    for (const [index, name] of names.entries()) {
      expect(name.length).toBeLessThanOrEqual(200)
      expect(fileNameOf(textOf(name))).toBe(name)
      expect(textOf(name).startsWith((long[index] as string).slice(0, 10))).toBe(true)
    }
  })

  test('records with long keys are found, listed and deleted like others', async () => {
    const records = await openFileRecords(await scratch())
    const keys = ['a/short', `a/${'L'.repeat(400)}1`, `a/${'L'.repeat(400)}2`, `b/${'é'.repeat(400)}`]
    for (const key of keys) await records.set(key, { key })
    for (const key of keys) expect(await records.get(key)).toEqual({ key })
    expect((await records.entries('a/')).map(([key]) => key).toSorted()).toEqual(keys.slice(0, 3).toSorted())
    expect((await records.entries(`a/${'L'.repeat(350)}`)).length).toBe(2)
    expect((await records.entries(keys[1] as string)).map(([key]) => key)).toEqual([keys[1]])
    for (const key of keys) await records.delete(key)
    expect(await records.entries('')).toEqual([])
  })
})

describe('text', () => {
  test('brings back bytes, numbers JSON has no word for, and objects that look like tags', () => {
    const values = [
      new Uint8Array(0),
      new Uint8Array([0, 128, 255]),
      { deep: [{ state: new Uint8Array([7]) }] },
      [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1.5],
      { $bytes: 'not base64', $number: 'x' },
      { $bytes: 'AAAA' },
      { $plain: { $bytes: 'AAAA' } },
      JSON.parse('{"__proto__": {"polluted": true}}'),
      null,
      'text\u2028\ud800',
    ]
    for (const value of values) expect(recordFromText(recordToText('k', value))).toEqual({ key: 'k', value })
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(recordFromText(recordToText('k', Buffer.from([1, 2]))).value).toEqual(new Uint8Array([1, 2]))
  })

  test('refuses what would not come back', () => {
    for (const value of [new Date(), new Map(), () => 1, 10n, Symbol('s'), { deep: [new Set()] }])
      expect(() => recordToText('k', value)).toThrow(TypeError)
  })
})

describe('damage', () => {
  async function damaged(
    text: string | Uint8Array,
    key = KEY,
  ): Promise<{ folder: string; name: string; records: Awaited<ReturnType<typeof openFileRecords>> }> {
    const folder = await scratch()
    const records = await openFileRecords(folder)
    await records.set(key, { v: 1 })
    const name = (await readdir(folder))[0] as string
    await writeFile(join(folder, name), text)
    return { folder, name, records }
  }

  test('is handed on as text and left as it is', async () => {
    for (const text of [
      '',
      '{',
      '{"key":"x"',
      'null',
      '[]',
      '"text"',
      '{"key":"another/key","value":{}}',
      '\0\0\0\0',
      '{"value":1}',
    ]) {
      const { folder, name, records } = await damaged(text)
      expect(await records.get(KEY)).toEqual({ unreadableText: text })
      expect(await records.entries('background.media/task/')).toEqual([[KEY, { unreadableText: text }]])
      expect(await readFile(join(folder, name), 'utf8')).toBe(text)
      await records.set(KEY, { v: 2 })
      expect(await records.get(KEY)).toEqual({ v: 2 })
    }
  })

  test('of a record with a long key leaves it findable, and deletable, by what is left of its key', async () => {
    const key = `a/${'k'.repeat(300)}`
    const whole = recordToText(key, { v: 1 })
    for (const text of [whole.slice(0, -4), whole.slice(0, 100), '']) {
      const { folder, records } = await damaged(text, key)
      const [[foundKey, value] = ['', null]] = await records.entries('a/')
      expect(value).toEqual({ unreadableText: text })
      expect(await records.get(foundKey)).toEqual({ unreadableText: text })
      await records.delete(foundKey)
      expect(await readdir(folder)).toEqual([])
    }
  })
})

test('what a dead writer left is removed at the next start, once it is old', async () => {
  const folder = await scratch()
  const [young, old] = ['11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222'].map((id) =>
    join(folder, `.new-${id}`),
  ) as [string, string]
  for (const path of [young, old, join(folder, 'notes.txt')]) await writeFile(path, '')
  await utimes(old, new Date(0), new Date(0))
  await utimes(join(folder, 'notes.txt'), new Date(0), new Date(0))
  const records = await openFileRecords(folder)
  expect(new Set(await readdir(folder))).toEqual(new Set([young.split('/').at(-1), 'notes.txt']))
  expect(await records.entries('')).toEqual([])
})

test('a thousand records at once are all written', async () => {
  const records = await openFileRecords(await scratch())
  await Promise.all(Array.from({ length: 1000 }, (_, index) => records.set(`many/${index}`, { index })))
  expect((await records.entries('many/')).length).toBe(1000)
})

test('a process that is killed while it writes leaves the old record or the new one', { timeout: 60_000 }, async () => {
  const folder = await scratch()
  let last = 0
  for (let round = 0; round < 10; round++) {
    const child = fork(new URL('./support/recording-child.ts', import.meta.url), [folder, String(last)], {
      execArgv: [],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    let confirmed = last
    const enough = 1 + Math.floor(Math.random() * 30)
    for (let times = 0; times < enough; times++) [confirmed] = (await once(child, 'message')) as [number]
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    const records = await openFileRecords(folder)
    const record = (await records.get('the/record')) as { count: number; filler: string }
    expect(record.count).toBeGreaterThanOrEqual(confirmed)
    expect(record.filler).toBe(String(record.count % 10).repeat(20_000))
    last = record.count
  }
})
