/** Uploads of files by their path, in Node: sent from where they are, and watched while they are. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { makeSession, origin, quick, rejection } from '../support/session.ts'

const folder = mkdtempSync(join(tmpdir(), 'urlsession-upload-'))
afterAll(() => rmSync(folder, { recursive: true }))

const sink = `${origin.url}/sink`

it('a file is sent from where it is', async () => {
  const path = join(folder, 'film.mp4')
  writeFileSync(path, contentAt(7, 0, 3_000_000))
  const { data } = await makeSession().upload(sink, { path })
  expect(JSON.parse(new TextDecoder().decode(data))).toMatchObject({ bytes: 3_000_000 })
})

it.each([
  ['to nothing', 'no-such-file', 'fileDoesNotExist'],
  ['to a directory', '.', 'fileIsDirectory'],
])('a path %s fails before any request', async (_what, name, code) => {
  const task = makeSession(quick)
    .uploadTask(sink, { path: join(folder, name) })
    .resume()
  expect(await rejection(task.finished)).toMatchObject({ code, url: sink })
  expect(task.metrics?.transactions).toEqual([])
})
