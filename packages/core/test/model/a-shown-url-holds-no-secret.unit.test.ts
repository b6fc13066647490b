/** URLs in messages: who reads a log must not be able to use them. */
import { describe, expect, it } from 'vitest'
import { safeURL, withoutUserInfo } from '../../src/model/safe-url.ts'
import { URLError } from '../../src/model/url-error.ts'

describe('a URL in a message', () => {
  it.each([
    ['https://host.test/a/b', 'https://host.test/a/b'],
    ['https://me:secret@host.test:8443/a', 'https://host.test:8443/a'],
    ['https://host.test/a?X-Amz-Signature=secret&b=secret', 'https://host.test/a?…'],
    ['https://host.test/a#secret', 'https://host.test/a'],
    ['data:text/plain,secret', 'data:…'],
    ['no URL?secret', '"no URL?…"'],
    ['//me:secret@host', '"//…@host"'],
    ['http://me:secret@[bad', '"http://…@[bad"'],
  ])('%s is shown as %s', (url, shown) => {
    expect(safeURL(url)).toBe(shown)
  })

  it('is never long', () => {
    expect(safeURL(`https://host.test/${'a'.repeat(5000)}`).length).toBeLessThanOrEqual(300)
    expect(safeURL('x'.repeat(5000)).length).toBeLessThanOrEqual(130)
  })

  it('shows neither password nor query in any error', () => {
    const error = new URLError('timedOut', { url: 'https://me:secret@host.test/a?token=secret#secret' })
    expect(error.message).not.toContain('secret')
    expect(error.message).toContain('https://host.test/a?…')
  })
})

describe('a URL for the wire', () => {
  it('loses user and password and nothing else', () => {
    const given = new URL('https://me:secret@host.test:8443/a?b=c#d')
    expect(withoutUserInfo(given).href).toBe('https://host.test:8443/a?b=c#d')
    expect(given.username).toBe('me')
  })
})
