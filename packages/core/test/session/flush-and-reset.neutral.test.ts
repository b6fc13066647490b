/** What a session keeps beside its transfers: `flush()` waits until it is kept, `reset()` forgets it and says what it cannot. */
import { openCookieStorage, openCredentialStorage, openURLCache } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { directory, inNode, makeSession, origin, rejection, unique } from '../support/session.ts'
import { keepable } from './support/caches.ts'

/** Node's takes a directory. */
const open = openCredentialStorage as (options: object) => ReturnType<typeof openCredentialStorage>
const where = directory === null ? {} : { directory }

describe('flush', () => {
  it('waits for what the cache keeps', async () => {
    const name = unique('cache').replaceAll('.', '-')
    const file = await keepable('max-age=600')
    const session = makeSession({ cache: await openURLCache({ name, ...where }) })
    await session.data(file.url)
    await session.flush()
    expect(await (await openURLCache({ name, ...where })).get(file.url)).not.toBeNull()
  })

  it('waits for what the storage of credentials was given', async () => {
    const credentialStorage = await open(where)
    const space = {
      host: `${unique('host').toLowerCase()}.test`,
      protocol: 'https',
      port: 443,
      realm: 'r',
      authenticationMethod: 'basic',
      isProxy: false,
    } as const
    const session = makeSession({ credentialStorage })
    void credentialStorage.set({ user: 'ada', password: 'pw', persistence: 'permanent' }, space)
    await session.flush()
    expect(await (await open(where)).defaultCredential(space)).toMatchObject({ user: 'ada' })
  })
})

describe('reset', () => {
  it('forgets credentials: the next request is asked again', async () => {
    let asked = 0
    const challenged = {
      didReceiveChallenge: () => {
        asked += 1
        return { use: { user: 'ada', password: 'pw', persistence: 'permanent' } as const }
      },
    }
    const url = `${origin.url}/basic/ada/pw?${unique('x')}`
    const session = makeSession(where, challenged)
    await session.data(url)
    await session.data(url)
    expect(asked).toBe(1)
    const { cleared } = await session.reset()
    expect(cleared).toContain('credentials')
    await session.data(url)
    expect(asked).toBe(2)
    await session.reset()
  })

  it('says what is the browser’s, and that nothing is in Node', async () => {
    const { cleared, notCleared } = await makeSession().reset()
    expect(cleared).toEqual(['credentials'])
    expect(notCleared.map(({ what }) => what)).toEqual(inNode ? [] : ['cookies', 'cache'])
    for (const { why } of notCleared) expect(why).toMatch(/Clear-Site-Data/)
  })
})

describe('the storage of cookies', () => {
  it.runIf(!inNode)('is refused in a browser, whose cookies are its own', async () => {
    expect(await rejection(openCookieStorage())).toMatchObject({ code: 'unsupportedByPlatform' })
  })
})
