/** The cookies of a session in Node: seen, set and removed from outside, and gone for good after a reset. */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openCookieStorage, SessionConfiguration, URLCookieStorage } from '../../src/entries/node.ts'
import { directory, makeSession, origin } from '../support/session.ts'

const where = { directory: directory as string }
const setting = (name: string): string => `${origin.url}/set-cookie?${name}=1;%20Max-Age%3D600`

describe('the storage of cookies', () => {
  it('is that of the sessions: one sees, sets and removes what the other does', async () => {
    const storage = await openCookieStorage(where)
    const session = makeSession({ cookies: {} })
    const sent = async (): Promise<unknown> =>
      (await session.json<{ headers: Record<string, string> }>(`${origin.url}/echo`)).headers['cookie']
    await session.data(setting('seen'))
    const found = (await storage.get('seen', origin.url)) ?? expect.fail('it is not there')
    expect(found.value).toBe('1')
    await storage.set({ name: 'own', value: '2' }, origin.url)
    expect(await sent()).toMatch(/seen=1.*own=2|own=2.*seen=1/)
    await storage.remove(found)
    expect(await sent()).toBe('own=2')
    expect(await openCookieStorage(where)).toBe(storage)
  })

  it('is empty after a reset, on disk too', async () => {
    const session = makeSession({ cookies: {} })
    await session.data(setting('gone'))
    await session.flush()
    expect(readdirSync(`${where.directory}/cookies`).length).toBeGreaterThan(0)
    expect((await session.reset()).cleared).toContain('cookies')
    expect(readdirSync(`${where.directory}/cookies`)).toEqual([])
    expect(await (await openCookieStorage(where)).cookies()).toEqual([])
  })

  it('may be one that is given, for requests and transfers, which then is neither the disk’s nor the session’s own', async () => {
    const storage = new URLCookieStorage()
    await storage.set({ name: 'given', value: '1' }, origin.url)
    const cookies = { storage }
    const one = makeSession(SessionConfiguration.ephemeral({ cookies }))
    await one.data(setting('answered'))
    await one.download(setting('downloaded'))
    await one.upload({ url: setting('uploaded'), method: 'POST' }, 'body')
    expect((await storage.cookies()).map(({ name }) => name)).toEqual(['given', 'answered', 'downloaded', 'uploaded'])
    expect(await (await openCookieStorage(where)).get('answered', origin.url)).toBeNull()

    // Another session, of another kind, which only sends them.
    const two = makeSession({ cookies: { storage, accept: 'never' } })
    await two.data(setting('refused'))
    const echo = `${origin.url}/echo`
    const whole = 'given=1; answered=1; downloaded=1; uploaded=1'
    expect((await two.json<{ headers: Record<string, string> }>(echo)).headers['cookie']).toBe(whole)
    expect(await (await (await two.download(echo)).file.blob()).text()).toContain(whole)

    // A third keeps what it is given, and sends none.
    const three = makeSession({ cookies: { storage, set: false } })
    expect((await three.json<{ headers: Record<string, string> }>(echo)).headers['cookie']).toBeUndefined()
    await three.data(setting('kept'))
    expect(await storage.get('kept', origin.url)).not.toBeNull()

    // A reset is of the session's cookies, wherever they are.
    expect((await two.reset()).cleared).toContain('cookies')
    expect(await storage.cookies()).toEqual([])
  })

  it('is nothing else than a URLCookieStorage', () => {
    for (const storage of ['disk', null, {}, { cookies: [] }])
      expect(() => SessionConfiguration.ephemeral({ cookies: { storage: storage as never } })).toThrow(
        /"cookies\.storage" was .*; allowed is a URLCookieStorage/,
      )
  })
})
