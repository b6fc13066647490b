/** Credentials are sent, and never written down: what goes on after a kill says that it goes on without them. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { serve, unique } from '../support/session.ts'
import { Life } from './support/life.ts'
import { stateDirectory } from './support/state.ts'

async function everythingIn(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.endsWith('files'))
  return (await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')))).join('\n')
}

describe('a request’s credentials', () => {
  it('are not on disk, and a warning says that the task goes on without them', async () => {
    const directory = await stateDirectory()
    const identifier = unique('secret')
    const file = await serve('secret.bin', { size: 900_000, stallAfter: 300_000 })
    const request = {
      url: file.url.replace('://', '://user:pa55word@'),
      headers: { Authorization: 'Bearer t0psecret', 'X-Api-Key': 'k3y', 'X-Plain': 'plain' },
    }
    const first = await Life.start({ directory, identifier, delegate: 'keeping' })
    await first.do.download(request)
    await first.when('didWriteData', ({ bytes = 0 }) => bytes >= 300_000)
    await first.do.flush()
    await first.kill()
    const written = await everythingIn(directory)
    expect(written).toContain('X-Plain'.toLowerCase())
    expect(written).not.toMatch(/t0psecret|k3y|pa55word/)

    await file.behaveWell()
    const second = await Life.start({ directory, identifier, delegate: 'keeping' })
    expect(await second.when('didWarn')).toMatchObject({ code: 'credentialsNotStored' })
    await second.when('didComplete')
    const [sent, resent] = await file.requests()
    expect(sent?.headers).toMatchObject({ authorization: 'Bearer t0psecret', 'x-api-key': 'k3y', 'x-plain': 'plain' })
    expect(resent?.headers).toMatchObject({ 'x-plain': 'plain' })
    expect(resent?.headers).not.toHaveProperty('authorization')
  })

  it('of the configuration are sent in every life, and are not on disk either', async () => {
    const directory = await stateDirectory()
    const life = {
      directory,
      identifier: unique('configured'),
      delegate: 'keeping',
      options: { headers: { Authorization: 'Bearer c0nfigured' } },
    } as const
    const file = await serve('configured.bin', { size: 900_000, stallAfter: 300_000 })
    const first = await Life.start(life)
    await first.do.download(file.url)
    await first.when('didWriteData', ({ bytes = 0 }) => bytes >= 300_000)
    await first.do.flush()
    await first.kill()
    expect(await everythingIn(directory)).not.toContain('c0nfigured')
    await file.behaveWell()
    const second = await Life.start(life)
    await second.when('didComplete')
    expect((await file.requests()).map(({ headers }) => headers['authorization'])).toEqual(
      Array(2).fill('Bearer c0nfigured'),
    )
    expect(second.of('didWarn')).toEqual([])
  })
})
