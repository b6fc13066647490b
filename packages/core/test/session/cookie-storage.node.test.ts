/** The cookies of a session in Node: seen, set and removed from outside, and gone for good after a reset. */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openCookieStorage } from '../../src/entries/node.ts'
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
})
