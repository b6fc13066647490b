/** Who is reached without a proxy: the rules of NO_PROXY, and of the variables around it. */
import { describe, expect, test } from 'vitest'
import { isBypassed, isLoopback } from '../../src/platform/node/no-proxy.ts'
import { proxyFor, type Environment } from '../../src/platform/node/proxy-choice.ts'

describe('a list names', () => {
  test.each([
    ['*', 'http://any.test/', true],
    ['', 'http://any.test/', false],
    ['example.com', 'http://example.com/', true],
    ['example.com', 'http://EXAMPLE.com/', true],
    ['EXAMPLE.COM', 'http://example.com/', true],
    ['example.com', 'http://www.example.com/', true],
    ['.example.com', 'http://www.example.com/', true],
    ['.example.com', 'http://example.com/', true],
    ['*.example.com', 'http://a.b.example.com/', true],
    ['example.com', 'http://badexample.com/', false],
    ['example.com', 'http://example.com.evil.test/', false],
    ['example.com.', 'http://example.com/', true],
    ['example.com', 'http://example.com./', true],
    ['com', 'http://example.com/', true],
    ['.', 'http://example.com/', false],
    ['a.test, b.test', 'http://b.test/', true],
    ['a.test b.test', 'http://b.test/', true],
    ['a.test,,b.test,', 'http://c.test/', false],
    ['example.com:8080', 'http://example.com:8080/', true],
    ['example.com:8080', 'http://example.com/', false],
    ['example.com:80', 'http://example.com/', true],
    ['example.com:443', 'https://www.example.com/', true],
    ['*.example.com:443', 'http://www.example.com/', false],
    ['192.168.1.1', 'http://192.168.1.1/', true],
    ['192.168.1.1', 'http://192.168.1.10/', false],
    ['192.168.1.1:81', 'http://192.168.1.1/', false],
    ['168.1.1', 'http://192.168.1.1/', false],
    ['10.0.0.0/8', 'http://10.200.3.4/', true],
    ['10.0.0.0/8', 'http://11.0.0.1/', false],
    ['10.0.0.0/8', 'http://host.test/', false],
    ['10.0.0.0/33', 'http://10.0.0.1/', false],
    ['0.0.0.0/0', 'http://8.8.8.8/', true],
    ['10.0.0.0/8:8080', 'http://10.1.1.1:8080/', true],
    ['fd00::/8', 'http://[fd12::1]/', true],
    ['fd00::/8', 'http://[2001:db8::1]/', false],
    ['[fd00::]/8', 'http://[fd12::1]/', true],
    ['::1', 'http://[::1]/', true],
    ['[::1]', 'http://[::1]:8080/', true],
    ['[::1]:81', 'http://[::1]:8080/', false],
    ['0:0:0:0:0:0:0:1', 'http://[::1]/', true],
    ['2001:DB8::1', 'http://[2001:db8::1]/', true],
  ])('%s and %s: %s', (list, url, expected) => {
    expect(isBypassed(new URL(url), list)).toBe(expected)
  })
})

test.each([
  ['http://localhost/', true],
  ['http://app.localhost:3000/', true],
  ['http://127.0.0.1/', true],
  ['http://127.255.0.3/', true],
  ['http://[::1]/', true],
  ['http://127.evil.test/', false],
  ['http://notlocalhost/', false],
  ['http://128.0.0.1/', false],
])('%s is this machine itself: %s', (url, expected) => {
  expect(isLoopback(new URL(url))).toBe(expected)
})

describe('the variables', () => {
  const shown = (url: string, env: Environment): string | null =>
    proxyFor(new URL(url), 'environment', env)?.shown ?? null
  const both = { HTTP_PROXY: 'http://plain.test:8080', HTTPS_PROXY: 'http://secure.test' }

  test('go by the scheme of the request, and ALL_PROXY is for the rest', () => {
    expect(shown('http://a.test/', both)).toBe('http://plain.test:8080')
    expect(shown('https://a.test/', both)).toBe('http://secure.test:80')
    const all = { ALL_PROXY: 'socks5://all.test', HTTP_PROXY: 'http://plain.test' }
    expect([shown('http://a.test/', all), shown('https://a.test/', all)]).toEqual([
      'http://plain.test:80',
      'socks5://all.test:1080',
    ])
  })

  test('in small letters come before capitals, also where they say "none"', () => {
    expect(shown('http://a.test/', { ...both, http_proxy: 'https://small.test' })).toBe('https://small.test:443')
    expect(shown('http://a.test/', { ...both, http_proxy: '' })).toBeNull()
    expect(shown('http://a.test/', { ...both, NO_PROXY: 'b.test', no_proxy: 'a.test' })).toBeNull()
  })

  test('may leave out the scheme, and "socks" is "socks5h"', () => {
    expect(shown('http://a.test/', { HTTP_PROXY: 'plain.test:3128' })).toBe('http://plain.test:3128')
    expect(shown('http://a.test/', { HTTP_PROXY: 'socks://[::1]' })).toBe('socks5h://[::1]:1080')
  })

  test('never send what is for this machine itself to a proxy', () => {
    for (const host of ['localhost', '127.0.0.1', '[::1]']) expect(shown(`http://${host}:80/`, both)).toBeNull()
  })

  test('in a CGI program, a visitor cannot choose the proxy by a header', () => {
    expect(shown('http://a.test/', { ...both, REQUEST_METHOD: 'GET' })).toBeNull()
    expect(shown('http://a.test/', { http_proxy: 'http://mine.test', REQUEST_METHOD: 'GET' })).toBe(
      'http://mine.test:80',
    )
  })
})

test('user and password are what they were before they went into a URL', () => {
  const proxy = (url: string): unknown => proxyFor(new URL('http://a.test/'), { url, bypass: '' }, {})
  expect(proxy('http://a%40b:p%3Aw%2F@proxy.test')).toMatchObject({ user: 'a@b', password: 'p:w/' })
  expect(proxy('http://ada:100%@proxy.test')).toMatchObject({ password: '100%' })
})

test('a proxy that was named goes for this machine too, but not for what it leaves out', () => {
  const named = { url: 'http://proxy.test', bypass: 'a.test,[::1]' }
  expect(proxyFor(new URL('http://localhost/'), named, {})?.host).toBe('proxy.test')
  expect(proxyFor(new URL('http://a.test/'), named, {})).toBeNull()
  expect(proxyFor(new URL('http://[::1]/'), named, {})).toBeNull()
})
