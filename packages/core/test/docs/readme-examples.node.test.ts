/** The examples of the READMEs are run as they stand, only against an origin that is here. */
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTus } from '../support/servers/tus-server.ts'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { remoteOrigin } from '../../../testing/src/origin/remote-origin.ts'

const core = join(import.meta.dirname, '../..')
const scratch = join(core, 'node_modules/.cache/readme-examples')
const origin = remoteOrigin(inject('origin'))
const state = mkdtempSync(join(tmpdir(), 'urlsession-readme-'))

beforeAll(async () => {
  process.env['XDG_STATE_HOME'] = state
  mkdirSync(scratch, { recursive: true })
  // The README's digest is that of nothing, so the map is empty.
  await origin.file('map.pmtiles', { size: 0 })
  await origin.file('model.safetensors', { size: 300_000, seed: 3 })
})

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true })
  rmSync(state, { recursive: true, force: true })
})

const examplesOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1] ?? '')

/** Runs an example, which may leave what it names to whoever looks. */
async function run(
  name: string,
  code: string,
  exported: string,
  uploads: string = '',
): Promise<Record<string, unknown>> {
  const path = join(scratch, `${name}.ts`)
  const here = code
    .replaceAll('https://example.com/uploads', uploads)
    .replaceAll('https://example.com/', `${origin.url}/files/`)
    .replaceAll('wss://example.com/chat', origin.socket())
  writeFileSync(path, `// @ts-nocheck\n${here}\nexport { ${exported} }\n`)
  return (await import(/* @vite-ignore */ path)) as Record<string, unknown>
}

test('the example of the project’s README keeps a model', async () => {
  const [first] = examplesOf(join(core, '../../README.md'))
  const { session, file } = await run('project', first ?? '', 'session, file')
  expect(file).toMatchObject({ size: 300_000, name: 'model.safetensors' })
  expect(await (session as { files: { get(key: string): Promise<object> } }).files.get('model')).toMatchObject({
    key: 'model',
  })
  await (session as { close(): Promise<void> }).close()
})

test('the package’s README shows three ways that all work', async () => {
  const [ways, , onward] = examplesOf(join(core, 'README.md'))
  const { session, task, response } = await run('ways', ways ?? '', 'session, task, response')
  expect(response).toMatchObject({ status: 200 })
  await (task as { finished: Promise<unknown> }).finished
  const kept = await (session as { files: { list(): Promise<{ key: string }[]> } }).files.list()
  expect(kept.map(({ key }) => key)).toEqual(['europe'])
  await (session as { close(): Promise<void> }).close()
  expect(onward).toContain('error.resumeData')
})

test('the package’s README shows requests that all work', async () => {
  await origin.file('map.json', { body: '{"a":1}' })
  const [, requests] = examplesOf(join(core, 'README.md'))
  const { session, map, answer, data } = await run('requests', requests ?? '', 'session, map, answer, data')
  expect(map).toEqual({ a: 1 })
  expect([(answer as Response).status, (data as Uint8Array).length]).toEqual([200, 7])
  await (session as { close(): Promise<void> }).close()
})

test('the package’s README shows an upload that arrives', async () => {
  const [, , , uploads] = examplesOf(join(core, 'README.md'))
  const tus = await startTus()
  const { session, response } = await run('uploads', uploads ?? '', 'session, response', tus.endpoint)
  expect(String(await tus.bytes((response as { url: string }).url))).toBe('moving pictures')
  await (session as { close(): Promise<void> }).close()
  await tus.stop()
})

test('the package’s README shows a WebSocket that is answered', async () => {
  const [, , , , sockets] = examplesOf(join(core, 'README.md'))
  const { socket, answer } = await run('sockets', sockets ?? '', 'socket, answer')
  expect(answer).toBe('hello')
  expect(await (socket as { finished: Promise<unknown> }).finished).toEqual({ code: 1000, reason: 'bye' })
})
