/** Downloads of file: and ftp:, from a real disk and a real server, and on from where they stopped. */
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { fileProtocol } from '../../../src/platform/node/file-protocol.ts'
import { ftpProtocol } from '../../../src/platform/node/ftp-protocol.ts'
import type { URLProtocol } from '../../../src/model/url-protocol.ts'
import { ftpServer } from '../../platform-node/support/ftp-server.ts'
import { scratch } from '../../platform-node/support/scratch.ts'
import { Life } from '../support/engine-life.ts'
import { interrupted, type Interrupted } from './support/interrupted.ts'

const content = Uint8Array.from({ length: 2_000_000 }, (_, at) => (at * 31) % 251)
const same = (bytes: Uint8Array, expected: Uint8Array = content): boolean => Buffer.compare(bytes, expected) === 0

/** What the engine tells, its clock going on with ours: disk and network are real. */
async function meanwhile(life: Life, type: 'finished', uid: string) {
  const told = life.soon(type, uid)
  const pass = async (): Promise<number> => {
    await life.platform.clock.advance(50)
    return life.told('finished', uid).length + life.told('failed', uid).length
  }
  await expect.poll(pass, { timeout: 30_000 }).toBe(1)
  return told
}

/** Stops it after so many bytes, and goes on with resume data; in between the file may change. */
async function stopped(protocol: URLProtocol, url: string, between: () => Promise<void> = async () => {}) {
  const stage: Interrupted = interrupted(protocol, 500_000)
  const life = await Life.begin({ protocols: [stage] })
  const uid = await life.start({ request: { url } })
  await stage.stopped
  const resumeData = await life.cancelled(uid)
  expect(resumeData).not.toBeNull()
  await between()
  const again = await life.start({ resumeData })
  const { file } = await meanwhile(life, 'finished', again)
  return { bytes: await life.bytes(file), ranges: stage.asked.map(({ headers }) => headers.get('range')) }
}

test('a file of the disk goes on', async () => {
  const path = join(await scratch(), 'file.bin')
  await writeFile(path, content)
  const { bytes, ranges } = await stopped(fileProtocol, pathToFileURL(path).href)
  expect([same(bytes), ranges]).toEqual([true, [null, 'bytes=500000-']])
})

test('a file of the disk that was changed begins again', async () => {
  const path = join(await scratch(), 'file.bin')
  await writeFile(path, content)
  const { bytes } = await stopped(fileProtocol, pathToFileURL(path).href, () => appendFile(path, 'more'))
  expect(same(bytes, Buffer.concat([content, Buffer.from('more')]))).toBe(true)
})

test('a file of an FTP server goes on', async () => {
  const folder = await scratch()
  await writeFile(join(folder, 'file.bin'), content)
  const { url, commands } = await ftpServer({ folder })
  const { bytes, ranges } = await stopped(ftpProtocol, `${url}file.bin`)
  expect([same(bytes), ranges]).toEqual([true, [null, 'bytes=500000-']])
  expect(commands).toContain('REST 500000')
})

test('a login that an FTP server refuses is a 401, as it is over http, and the right one is the file', async () => {
  const folder = await scratch()
  await writeFile(join(folder, 'file.bin'), content)
  const { url } = await ftpServer({ folder, login: { user: 'me', password: 'secret' } })
  const life = await Life.begin({ protocols: [ftpProtocol] })
  const refused = await life.start({ request: { url: `${url}file.bin` } })
  await meanwhile(life, 'finished', refused)
  const uid = await life.start({ request: { url: `${url.replace('//', '//me:secret@')}file.bin` } })
  const { file } = await meanwhile(life, 'finished', uid)
  expect(same(await life.bytes(file))).toBe(true)
  expect(life.told('response').map(({ response }) => response.status)).toEqual([401, 200])
})
