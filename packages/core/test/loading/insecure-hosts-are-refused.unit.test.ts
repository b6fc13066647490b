/** App Transport Security: https, this machine, or an exception that was made. */
import { describe, expect, it } from 'vitest'
import { assertSecure } from '../../src/loading/transport-security.ts'

const strict = { allowsArbitraryLoads: false, exceptions: {} }
const refused = expect.objectContaining({
  code: 'appTransportSecurityRequiresSecureConnection',
  number: -1022,
  phase: 'setup',
})

describe('transport security', () => {
  it.each([
    'https://host.test/',
    'wss://host.test/',
    'http://localhost:8080/',
    'http://app.localhost/',
    'http://127.0.0.1:1234/',
    'http://127.9.9.9/',
    'http://[::1]/',
    'ws://localhost/',
    'ftp://ada:pw@127.0.0.1:2121/a',
    'data:,a',
    'http://2130706433/',
  ])('lets %s pass', (url) => {
    expect(() => assertSecure(url, strict)).not.toThrow()
  })

  it.each([
    'http://host.test/',
    'ws://host.test/',
    'ftp://host.test/a',
    'http://localhost.host.test/',
    'http://127.0.0.1.host.test/',
    'http://notlocalhost/',
    'http://192.168.0.1/',
    'http://[::2]/',
    'http://0.0.0.0/',
  ])('refuses %s', (url) => {
    expect(() => assertSecure(url, strict)).toThrow(refused)
  })

  it('can be switched off', () => {
    expect(() => assertSecure('http://host.test/', { ...strict, allowsArbitraryLoads: true })).not.toThrow()
  })

  it.each([
    ['http://a.test/', { 'a.test': { allowsInsecureHTTP: true } }, true],
    ['ftp://a.test/', { 'a.test': { allowsInsecureHTTP: true } }, true],
    ['http://a.test:81/', { 'a.test': { allowsInsecureHTTP: true } }, true],
    ['http://A.TEST/', { 'a.test': { allowsInsecureHTTP: true } }, true],
    ['http://sub.a.test/', { 'a.test': { allowsInsecureHTTP: true } }, false],
    ['http://sub.a.test/', { 'a.test': { allowsInsecureHTTP: true, includesSubdomains: true } }, true],
    ['http://nota.test/', { 'a.test': { allowsInsecureHTTP: true, includesSubdomains: true } }, false],
    ['http://a.test/', { 'a.test': { includesSubdomains: true } }, false],
    ['http://a.test/', { 'a.test': {} }, false],
    ['http://a.test/', { test: { allowsInsecureHTTP: true, includesSubdomains: true } }, true],
  ])('%s with %j passes: %s', (url, exceptions, passes) => {
    const check = (): void => assertSecure(url, { allowsArbitraryLoads: false, exceptions })
    if (passes) expect(check).not.toThrow()
    else expect(check).toThrow(refused)
  })
})
