/** Proxy, TLS and cookies: what may be said, what comes of it, what a browser cannot do, and what no message may show. */
import { describe, expect, it } from 'vitest'
import {
  SessionConfiguration as BrowserConfiguration,
  type ConfigurationOptions,
} from '../../src/model/configuration.ts'
import { assertBrowserCan, browserCredentials } from '../../src/model/network-options.ts'
import { SessionConfiguration } from '../../src/platform/node/session-configuration.ts'

const settings = (options: ConfigurationOptions): SessionConfiguration['settings'] =>
  SessionConfiguration.default(options).settings
const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
const pin = `sha256-${'A'.repeat(43)}=`

describe('a proxy', () => {
  it('is a URL, a URL with who is left out, the environment, or none', () => {
    expect(settings({}).proxy).toBeNull()
    expect(settings({ proxy: 'none' }).proxy).toBe('none')
    expect(settings({ proxy: 'environment' }).proxy).toBe('environment')
    const url = 'http://proxy.test:3128/'
    for (const proxy of [url, new URL(url), { url }, { url: new URL(url) }])
      expect(settings({ proxy }).proxy).toEqual({ url, bypass: '' })
    expect(settings({ proxy: { url, bypass: ['a.test', '10.0.0.0/8'] } }).proxy).toEqual({
      url,
      bypass: 'a.test,10.0.0.0/8',
    })
    for (const scheme of ['https', 'socks5', 'socks5h'])
      expect(settings({ proxy: `${scheme}://proxy.test` })).toBeTruthy()
  })

  it.each([
    'ftp://ada:s3cret@proxy.test',
    'ada:s3cret@proxy.test:80',
    's3cret',
    'socks4://ada:s3cret@proxy.test',
    { url: 'ftp://ada:s3cret@proxy.test' },
    { url: 'http://ada:s3cret@proxy.test', bypass: 5 },
    { url: 'http://ada:s3cret@proxy.test', s3cret: 1 },
    { bypass: 'a.test' },
    null,
    5,
  ])('that is none is refused, and nothing of it is shown (%#)', (proxy) => {
    const making = (): unknown => SessionConfiguration.default({ proxy } as ConfigurationOptions)
    expect(making).toThrow(/option "proxy" was something else; allowed is "environment", "none", a URL/)
    expect(making).not.toThrow(/s3cret|ada/)
  })
})

describe('TLS', () => {
  it('is plain data of its own', () => {
    const pinned = { 'a.test': { keys: [pin], includesSubdomains: true } }
    const given = { ca: [PEM, new TextEncoder().encode(PEM)], cert: PEM, key: PEM, passphrase: 'x', pinned }
    const { tls } = settings({ tls: { minVersion: 'TLSv1.3', ...given } })
    expect(tls).toEqual({ minVersion: 'TLSv1.3', ca: [PEM, PEM], cert: PEM, key: PEM, passphrase: 'x', pinned })
    expect(structuredClone(tls)).toEqual(tls)
    pinned['a.test'].keys.push('more')
    expect(tls?.pinned?.['a.test']?.keys).toEqual([pin])
    expect(settings({ tls: {} }).tls).toEqual({ ca: [], cert: null, key: null, passphrase: null })
    expect(settings({}).tls).toBeNull()
  })

  it.each([
    [{ ca: 'my-s3cret-path.pem' }, 'tls.ca', 'PEM'],
    [{ ca: [PEM, 5] }, 'tls.ca', 'PEM'],
    [{ key: 's3cret' }, 'tls.key', 'PEM'],
    [{ cert: [PEM] }, 'tls.cert', 'PEM'],
    [{ passphrase: 5 }, 'tls.passphrase', 'a text'],
    [{ minVersion: 'TLSv1' }, 'tls.minVersion', 'one of "TLSv1.2", "TLSv1.3"'],
    [{ pinned: { 'a.test': { keys: [] } } }, 'tls.pinned', 'an object of lower-case domains'],
    [{ pinned: { 'a.test': {} } }, 'tls.pinned', 'an object of lower-case domains'],
    [{ pinned: { 'a.test': null } }, 'tls.pinned', 'an object of lower-case domains'],
    [{ pinned: { 'A.test': { keys: [pin] } } }, 'tls.pinned', 'an object of lower-case domains'],
    [{ pinned: { 'a.test': { keys: ['sha256-short'] } } }, 'tls.pinned', 'an object of lower-case domains'],
    [{ pinned: { 'a.test': { keys: [pin], more: 1 } } }, 'tls.pinned', 'an object of lower-case domains'],
  ])('%j is refused by name', (tls, name, allowed) => {
    const making = (): unknown => SessionConfiguration.default({ tls } as unknown as ConfigurationOptions)
    expect(making).toThrow(`option "${name}" was `)
    expect(making).toThrow(`allowed is ${allowed}`)
    expect(making).not.toThrow(/s3cret/)
  })
})

describe('cookies', () => {
  it('are there when they are asked for, and outlive all but an ephemeral session', () => {
    expect(settings({}).cookies).toBeNull()
    expect(settings({ cookies: {} }).cookies).toEqual({ accept: 'always', set: true, remembered: true })
    expect(SessionConfiguration.ephemeral({ cookies: { accept: 'never', set: false } }).settings.cookies).toEqual({
      accept: 'never',
      set: false,
      remembered: false,
    })
  })

  it('of an ephemeral session are credentials that go along', () => {
    expect(SessionConfiguration.ephemeral({ cookies: {} }).settings.credentials).toBe('same-origin')
    expect(SessionConfiguration.ephemeral({ cookies: {}, credentials: 'omit' }).settings.credentials).toBe('omit')
  })

  it('are all or none in a browser', () => {
    const mode = (cookies: NonNullable<ConfigurationOptions['cookies']>): string =>
      browserCredentials('include', settings({ cookies }).cookies)
    expect(browserCredentials('include', null)).toBe('include')
    expect([mode({}), mode({ accept: 'main-document-only' }), mode({ accept: 'never' }), mode({ set: false })]).toEqual(
      ['include', 'include', 'omit', 'omit'],
    )
  })

  it.each([
    [{ accept: 'some' }, 'cookies.accept', 'one of "always", "never", "main-document-only"'],
    [{ set: 1 }, 'cookies.set', 'true or false'],
  ])('%j is refused', (cookies, name, allowed) => {
    const making = (): unknown => SessionConfiguration.default({ cookies } as ConfigurationOptions)
    expect(making).toThrow(`option "${name}"`)
    expect(making).toThrow(`allowed is ${allowed}`)
  })
})

describe('a browser', () => {
  const platform = { notes: () => [], assertCan: assertBrowserCan }
  const inBrowser = (options: unknown): BrowserConfiguration =>
    BrowserConfiguration.from(BrowserConfiguration.default(options as ConfigurationOptions), platform)

  it.each([
    { proxy: 'http://ada:s3cret@proxy.test' },
    { proxy: { url: new URL('http://ada:s3cret@proxy.test') } },
    { proxy: 's3cret' },
    { proxy: null },
    { tls: {} },
    { tls: { ca: 's3cret' } },
  ])('refuses a proxy and TLS options, and says what to do (%#)', (options) => {
    let failure: unknown = null
    try {
      inBrowser(options)
    } catch (error) {
      failure = error
    }
    expect(failure).toMatchObject({
      code: 'unsupportedByPlatform',
      message: expect.stringMatching(/^(?!.*s3cret).*browser uses its own/),
    })
  })

  it('refuses them in a copy too, but in no session’s configuration before there is a session', () => {
    const shared = BrowserConfiguration.default({ proxy: 'http://proxy.test', tls: {} })
    expect(shared.settings).toMatchObject({ proxy: null, tls: null })
    expect(() => inBrowser({}).copy({ tls: {} })).toThrow(/TLS options, and a browser uses its own/)
  })

  it('lets pass what it does anyway', () => {
    for (const options of [{}, { proxy: 'none' }, { proxy: 'environment' }, { cookies: {} }])
      expect(inBrowser(options).settings.proxy).toBe(options.proxy ?? null)
  })
})

describe('a configuration of Node', () => {
  it('stays one in its copies and in its sessions', () => {
    const given = SessionConfiguration.background('mine', { proxy: 'http://proxy.test' })
    const platform = { notes: () => [], assertCan: () => {} }
    for (const one of [
      given.copy(),
      SessionConfiguration.from(given, platform),
      SessionConfiguration.from(given).copy(),
    ]) {
      expect(one).toBeInstanceOf(SessionConfiguration)
      expect(one).toMatchObject({ kind: 'background', identifier: 'mine', settings: { proxy: { bypass: '' } } })
      expect(() => one.copy({ proxy: 'ftp://proxy.test' })).toThrow('option "proxy" was something else')
    }
  })
})
