/** The name of a file is the server's wish, made harmless. */
import { describe, expect, it } from 'vitest'
import { inNode, makeSession, serve } from '../support/session.ts'

async function nameFor(disposition: string | undefined, path = 'plain.bin'): Promise<string> {
  const { url } = await serve(path, { size: 10, ...(disposition === undefined ? {} : { disposition }) })
  const { file, response } = await makeSession().download(url)
  expect(response.suggestedFilename).toBe(file.name)
  return file.name
}

describe('a file’s name', () => {
  it.each([
    ['attachment; filename="report.pdf"', 'report.pdf'],
    ['attachment; filename=report.pdf', 'report.pdf'],
    ['attachment; filename="plain.txt"; filename*=UTF-8\'\'na%C3%AFve%20%E2%82%AC.txt', 'naïve €.txt'],
    ['attachment; filename="../../etc/passwd"', '_.._etc_passwd'],
    ['attachment; filename="..\\\\..\\\\windows\\\\system32\\\\evil.dll"', '_.._windows_system32_evil.dll'],
    ['attachment; filename="/absolute/path.txt"', '_absolute_path.txt'],
    ['attachment; filename=".bashrc"', 'bashrc'],
    ['attachment; filename="con.txt"', '_con.txt'],
    ['attachment; filename="trailing. . ."', 'trailing'],
    ['attachment; filename="a<b>c:d|e?f*g.txt"', 'abcdefg.txt'],
    ["attachment; filename*=UTF-8''evil%E2%80%AEgnp.exe", 'evilgnp.exe'],
    ["attachment; filename*=UTF-8''null%00byte%0d%0aX-Injected.txt", 'nullbyteX-Injected.txt'],
  ])('of %s is %s', async (disposition, name) => {
    expect(await nameFor(disposition)).toBe(name)
  })

  it.each([
    'attachment',
    'attachment; filename=""',
    'attachment; filename="..."',
    'inline; filename="',
    'garbage;;;===',
    '',
  ])('is that of the URL where the server says nothing usable (%s)', async (disposition) => {
    expect(await nameFor(disposition, 'from the url é.bin')).toMatch(/from the url é\.bin$/)
  })

  it('is short enough for every file system, its extension kept', async () => {
    const name = await nameFor(`attachment; filename="${'long'.repeat(200)}.tar.gz"`)
    expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(200)
    expect(name).toMatch(/^long.*\.gz$/)
  })

  // The origin’s root answers pages of other origins with nothing.
  it.runIf(inNode)('is the host’s where the URL has none', async () => {
    const { url } = await serve('root.bin', { size: 10 })
    const { file } = await makeSession().download(new URL('/', url))
    expect(file.name).toBe('127.0.0.1')
  })
})
