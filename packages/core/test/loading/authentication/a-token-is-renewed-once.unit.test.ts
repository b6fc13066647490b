/** BearerRefresher: one renewal for many who wait, here and in other tabs, and none where it would not help. */
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../../testing/src/fakes/fake-clock.ts'
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { BearerRefresher, type WithLock } from '../../../src/loading/authentication/bearer-refresher.ts'
import type { BearerOptions } from '../../../src/model/bearer-options.ts'
import { URLError } from '../../../src/model/url-error.ts'

/** What all tabs share: the store of the token, the lock, and a server that gives new ones when the test says so. */
function stage() {
  const clock = new FakeClock()
  const names = new Set<string>()
  let turn: Promise<unknown> = Promise.resolve()
  const withLock: WithLock = (name, work) => {
    names.add(name)
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }
  const waiting: { resolve: (token: string) => void; reject: (error: unknown) => void }[] = []
  const shared = { token: 't0' as string | null, refreshes: 0 }
  const tab = (more: Partial<BearerOptions> = {}): BearerRefresher =>
    new BearerRefresher(
      {
        origins: ['https://api.test'],
        token: () => shared.token,
        refresh: () => {
          shared.refreshes++
          return new Promise((resolve, reject) => {
            const store = (token: string): void => {
              shared.token = token
              resolve(token)
            }
            waiting.push({ resolve: store, reject })
          })
        },
        ...more,
      },
      { withLock, clock },
    )
  const give = async (token: string): Promise<void> => {
    await settle()
    waiting.shift()?.resolve(token)
    await settle()
  }
  const fail = async (error: unknown): Promise<void> => {
    await settle()
    waiting.shift()?.reject(error)
    await settle()
  }
  return { tab, shared, give, fail, clock, names, waiting }
}

describe('a renewal', () => {
  it('is one for ten who are refused together', async () => {
    const { tab, shared, give } = stage()
    const bearer = tab()
    const all = Promise.all(Array.from({ length: 10 }, () => bearer.renew('t0')))
    await give('t1')
    expect(new Set(await all)).toEqual(new Set(['t1']))
    expect(shared.refreshes).toBe(1)
  })

  it('is one for ten tabs', async () => {
    const { tab, shared, give, names } = stage()
    const all = Promise.all(Array.from({ length: 10 }, () => tab().renew('t0')))
    await give('t1')
    expect(new Set(await all)).toEqual(new Set(['t1']))
    expect(shared.refreshes).toBe(1)
    expect([...names]).toEqual(['urlsession:bearer:https://api.test'])
  })

  it('is not needed by one who is refused late with the old token', async () => {
    const { tab, shared, give } = stage()
    const bearer = tab()
    const first = bearer.renew('t0')
    await give('t1')
    await first
    expect(await bearer.renew('t0')).toBe('t1')
    expect(shared.refreshes).toBe(1)
  })

  it('is known to the next request, though the caller’s token is not up to date', async () => {
    const { tab, give, shared } = stage()
    const bearer = tab({ token: () => 't0' })
    const first = bearer.renew('t0')
    await give('t1')
    await first
    expect(await bearer.token()).toBe('t1')
    expect(await bearer.renew('t0')).toBe('t1')
    expect(shared.refreshes).toBe(1)
  })

  it('of a token that was just renewed is not made, but later it is', async () => {
    const { tab, shared, give, clock } = stage()
    const bearer = tab()
    const first = bearer.renew('t0')
    await give('t1')
    await first
    expect(await bearer.renew('t1')).toBe(null)
    expect(await Promise.all([bearer.renew('t1'), bearer.renew('t1')])).toEqual([null, null])
    await clock.advance(5000)
    const later = bearer.renew('t1')
    await give('t2')
    expect(await later).toBe('t2')
    expect(shared.refreshes).toBe(2)
  })

  it('of a token that another tab has just renewed is not made either', async () => {
    const { tab, shared, give } = stage()
    const [one, other] = [tab(), tab()]
    const both = Promise.all([one.renew('t0'), other.renew('t0')])
    await give('t1')
    await both
    expect(await other.renew('t1')).toBe(null)
    expect(shared.refreshes).toBe(1)
  })

  it('is made where there was no token at all', async () => {
    const { tab, shared, give } = stage()
    shared.token = null
    const bearer = tab()
    expect(await bearer.token()).toBe(null)
    const first = bearer.renew(null)
    await give('t1')
    expect(await first).toBe('t1')
    shared.token = null
    expect(await bearer.token()).toBe(null)
  })

  it('that fails fails for all who wait, with its cause, and is not tried again at once', async () => {
    const { tab, shared, fail, give, clock } = stage()
    const bearer = tab()
    const all = Promise.allSettled(Array.from({ length: 10 }, () => bearer.renew('t0')))
    const cause = new Error('the refresh token was used')
    await fail(cause)
    for (const one of await all) {
      const { reason } = one as PromiseRejectedResult
      expect(URLError.is(reason)).toBe(true)
      expect(reason).toMatchObject({ code: 'userAuthenticationRequired', cause })
    }
    await expect(bearer.renew('t0')).rejects.toMatchObject({ code: 'userAuthenticationRequired', cause })
    expect(shared.refreshes).toBe(1)
    await clock.advance(5000)
    const later = bearer.renew('t0')
    await give('t1')
    expect(await later).toBe('t1')
  })

  it('that failed is forgotten as soon as there is another token', async () => {
    const { tab, shared, fail } = stage()
    const bearer = tab()
    const first = bearer.renew('t0').catch(() => null)
    await fail(new Error('no'))
    await first
    shared.token = 'of a new login'.replaceAll(' ', '-')
    expect(await bearer.renew('t0')).toBe('of-a-new-login')
  })

  it('that never ends is given up after a minute, and the lock with it', async () => {
    const { tab, clock, give } = stage()
    const first = tab()
      .renew('t0')
      .catch((error: unknown) => error)
    await settle()
    const other = tab().renew('t0')
    await clock.advance(60_000)
    expect(await first).toMatchObject({ code: 'userAuthenticationRequired', cause: { code: 'timedOut' } })
    expect(clock.holding).toBe(1)
    await give('late')
    await give('t1')
    expect(await other).toBe('t1')
    expect(clock.holding).toBe(0)
  })

  it('for which the old token cannot be read is given up so too', async () => {
    const { tab, clock, give } = stage()
    const stuck = tab({ token: () => new Promise(() => {}) })
    const first = stuck.renew('t0').catch((error: unknown) => error)
    await clock.advance(60_000)
    expect(await first).toMatchObject({ code: 'userAuthenticationRequired', cause: { code: 'timedOut' } })
    // Within the lock, which others wait for.
    let asked = 0
    const late = tab({ token: () => (asked++ === 0 ? 't0' : new Promise<string>(() => {})) })
    const second = late.renew('t0').catch((error: unknown) => error)
    await settle()
    const other = tab().renew('t0')
    await clock.advance(60_000)
    expect(await second).toMatchObject({ code: 'userAuthenticationRequired' })
    await give('t1')
    expect(await other).toBe('t1')
    expect(clock.holding).toBe(0)
  })

  it.each(['', 'two words', 'line\nbreak', 'ü', 42, null])('that gives %j fails without showing it', async (token) => {
    const { tab } = stage()
    const failed = tab({ refresh: async () => token as string }).renew('t0')
    await expect(failed).rejects.toMatchObject({
      code: 'userAuthenticationRequired',
      cause: { message: 'bearer: "refresh" gave no token: text of visible ASCII characters' },
    })
  })
})

describe('a token', () => {
  it('goes to the origins that were named, and to no other', () => {
    const bearer = stage().tab({ origins: ['https://api.test', 'http://localhost:8080/path'] })
    for (const url of ['https://api.test/', 'https://api.test:443/x?y', 'http://localhost:8080/'])
      expect(bearer.covers(url)).toBe(true)
    for (const url of [
      'http://api.test/',
      'https://api.test:8443/',
      'https://api.test.evil.test/',
      'https://evil.test/',
      'http://localhost/',
    ])
      expect(bearer.covers(url)).toBe(false)
  })

  it('that cannot be read is said so', async () => {
    const cause = new Error('locked')
    const failing = stage().tab({ token: () => Promise.reject(cause) })
    await expect(failing.token()).rejects.toMatchObject({ code: 'userAuthenticationRequired', cause })
  })

  it.each([
    [{ origins: [] }, /"origins"/],
    [{ origins: undefined }, /"origins"/],
    [{ origins: ['api.test'] }, /"origins"/],
    [{ origins: ['https://api.test', 'ftp://api.test'] }, /"origins"/],
    [{ token: 'text' }, /"token"/],
    [{ refresh: undefined }, /"refresh"/],
  ])('of bad options is refused at once: %o', (more, words) => {
    expect(() => stage().tab(more as never)).toThrow(words)
  })
})
