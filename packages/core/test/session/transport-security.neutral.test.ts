/** Nothing leaves this machine over http, unless the session says so for that host. */
import type { TransportSecurity, URLError } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { inNode, makeSession, rejection, serve } from '../support/session.ts'

const refused = {
  code: 'appTransportSecurityRequiresSecureConnection',
  number: -1022,
  phase: 'setup',
  retryable: false,
}

/** Whether a session with this policy makes a task for the URL. */
function takes(url: string, transportSecurity: TransportSecurity = {}): boolean {
  try {
    makeSession({ transportSecurity }).downloadTask(url)
    return true
  } catch (error) {
    expect(error).toMatchObject({ ...refused, url: new URL(url).href })
    return false
  }
}

describe('http', () => {
  it('to another machine is refused at the call, and the error says what to do', async () => {
    const session = makeSession()
    const make = (): unknown => session.downloadTask('http://example.com/film.mp4')
    expect(make).toThrow(expect.objectContaining(refused))
    expect(make).toThrow(/http:\/\/example\.com\/film\.mp4 is not https.*transportSecurity\.exceptions/)
    await expect(session.download('http://example.com/film.mp4')).rejects.toMatchObject(refused)
    expect(await session.tasks()).toEqual([])
  })

  it.each([
    'http://localhost:9/',
    'http://app.localhost/',
    'http://127.0.0.1/',
    'http://127.8.9.1:81/',
    'http://[::1]:9/',
  ])('to this machine (%s) is allowed', (url) => expect(takes(url)).toBe(true))

  it.each([
    'http://128.0.0.1/',
    'http://127.0.0.1.example.com/',
    'http://localhost.example.com/',
    'http://notlocalhost/',
    'http://0.0.0.0/',
    'http://192.168.0.1/',
    'http://[::2]/',
    'http://[::ffff:127.0.0.1]/',
  ])('to %s is not taken for this machine', (url) => expect(takes(url)).toBe(false))

  it('is allowed to every host where the session says so', () => {
    expect(takes('http://example.com/', { allowsArbitraryLoads: true })).toBe(true)
  })

  it('is allowed to the domains that are named, and to those below them only where that is said', () => {
    const exceptions = {
      'example.com': { allowsInsecureHTTP: true, includesSubdomains: true },
      'only.test': { allowsInsecureHTTP: true },
      'named.test': {},
    }
    const allowed = (url: string): boolean => takes(url, { exceptions })
    expect(
      ['http://example.com/', 'http://EXAMPLE.com:81/', 'http://a.b.example.com/', 'http://only.test/'].map(allowed),
    ).toEqual(Array(4).fill(true))
    expect(
      ['http://badexample.com/', 'http://sub.only.test/', 'http://named.test/', 'http://example.com.evil.test/'].map(
        allowed,
      ),
    ).toEqual(Array(4).fill(false))
  })
})

describe('https', () => {
  it('is never refused by the policy', () => {
    expect(takes('https://example.com/')).toBe(true)
    expect(takes('https://192.168.0.1/')).toBe(true)
  })

  // A browser follows redirects by itself.
  it.runIf(inNode)('is no way round it: a redirect to http elsewhere is not followed', async () => {
    const { url } = await serve('downgraded.bin', { size: 10, redirect: { to: 'http://example.com/film.mp4' } })
    const error = (await rejection(makeSession({ retry: { attempts: 1 } }).download(url))) as URLError
    expect(error.code).toBe('appTransportSecurityRequiresSecureConnection')
    expect(error.message).toContain('http://example.com/film.mp4')
  })
})
