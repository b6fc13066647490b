/** Cookies: what a jar keeps and sends, over which hops, and for how long. */
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { Loader } from '../../src/loading/loader.ts'
import { nextHop } from '../../src/loading/redirects.ts'
import { SessionConfiguration, type ConfigurationOptions } from '../../src/model/configuration.ts'
import { normalizeRequest, storableRequest } from '../../src/model/request.ts'
import { URLCookieStorage } from '../../src/platform/node/cookie-storage.ts'
import { cookieTransport } from '../../src/platform/node/cookie-transport.ts'
import { createFetchTransport } from '../../src/platform/node/fetch-transport.ts'
import { openFileRecords } from '../../src/platform/node/file-records.ts'
import { cookieStorageOf, nodeTransport } from '../../src/platform/node/node-network.ts'
import { textBy } from './support/network.ts'
import { ok, rawServer, type RawServer } from './support/raw-server.ts'
import { scratch } from './support/scratch.ts'
import { wire } from './support/wire.ts'

const GUIDE = 'https://www.swift.org/docs/guide'
const far = new Date('2100-01-01T00:00:00Z')
const names = (cookies: readonly { name: string; value: string }[]): string[] =>
  cookies.map(({ name, value }) => `${name}=${value}`)

describe('a jar', () => {
  test('gives what was set, whole', async () => {
    const jar = new URLCookieStorage()
    expect(
      await jar.set({ name: 'a', value: '1', path: '/docs', secure: true, expires: far, sameSite: 'lax' }, GUIDE),
    ).toBe(true)
    expect(await jar.get('a', GUIDE)).toMatchObject({
      name: 'a',
      value: '1',
      domain: 'www.swift.org',
      hostOnly: true,
      path: '/docs',
      secure: true,
      httpOnly: false,
      sameSite: 'lax',
      expires: far,
    })
    expect(await jar.get('a', 'https://www.swift.org/other')).toBeNull()
    expect(await jar.get('a', 'http://www.swift.org/docs')).toBeNull()
    expect(await jar.get('b', GUIDE)).toBeNull()
  })

  test('knows a host from a domain, whatever the letters, and a name from one that ends alike', async () => {
    const jar = new URLCookieStorage()
    await jar.set('host=1', 'https://Swift.ORG/')
    await jar.set('domain=1; Domain=.SWIFT.org', 'https://swift.org/')
    expect(names(await jar.cookiesFor('https://SWIFT.org/')).toSorted()).toEqual(['domain=1', 'host=1'])
    expect(names(await jar.cookiesFor('https://forums.swift.org/'))).toEqual(['domain=1'])
    expect(await jar.cookiesFor('https://superswift.org/')).toEqual([])
  })

  test('keeps nothing for another site, a public suffix, or Secure over http; nor what is no cookie', async () => {
    const jar = new URLCookieStorage()
    for (const [text, url] of [
      ['a=1; Domain=other.org', GUIDE],
      ['a=1; Domain=co.uk', 'https://www.example.co.uk/'],
      ['a=1; Domain=org', GUIDE],
      ['__Host-a=1; Path=/x; Secure', GUIDE],
      ['__Secure-a=1', GUIDE],
      ['', GUIDE],
    ] as const)
      expect([text, await jar.set(text, url)]).toEqual([text, false])
    expect(await jar.cookies()).toEqual([])
  })

  test('replaces by name, domain and path, and drops what has expired', async () => {
    const jar = new URLCookieStorage()
    await jar.set('a=1; Path=/', GUIDE)
    await jar.set('a=2; Path=/', GUIDE)
    await jar.set('a=3; Path=/docs', GUIDE)
    expect(names(await jar.cookies()).toSorted()).toEqual(['a=2', 'a=3'])
    expect(names(await jar.cookiesFor(GUIDE))).toEqual(['a=3', 'a=2'])
    await jar.set('a=; Path=/docs; Max-Age=0', GUIDE)
    await jar.set('a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT', GUIDE)
    expect(await jar.cookies()).toEqual([])
  })

  test('removes one, and all since a moment', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const jar = new URLCookieStorage()
      vi.setSystemTime('2030-01-01T00:00:00Z')
      await jar.set('old=1', GUIDE)
      vi.setSystemTime('2030-01-02T00:00:00Z')
      await jar.set('new=1', GUIDE)
      await jar.set('one=1; Path=/docs', GUIDE)
      await jar.remove({ name: 'one', domain: '.WWW.swift.org', path: '/docs' })
      await jar.remove({ name: 'never', domain: 'www.swift.org', path: '/' })
      expect(names(await jar.cookies())).toEqual(['old=1', 'new=1'])
      await jar.removeSince(new Date('2030-01-02T00:00:00Z'))
      expect(names(await jar.cookies())).toEqual(['old=1'])
    } finally {
      vi.useRealTimers()
    }
  })

  test.each([
    [{ name: '', value: 'x' }],
    [{ name: 'a=b', value: 'x' }],
    [{ name: 'a', value: 'x; Domain=other.org' }],
    [{ name: 'a', value: 'x\r\nSet-Cookie: b=1' }],
    [{ name: 'a', value: 'x', path: '/;Secure' }],
  ])('refuses %j, which is no cookie', async (properties) => {
    await expect(new URLCookieStorage().set(properties, GUIDE)).rejects.toThrow(TypeError)
  })
})

describe('on disk', () => {
  const jarIn = (folder: string): URLCookieStorage => new URLCookieStorage(() => openFileRecords(folder))

  test('cookies with an expiry are there in the next life, and others are not', async () => {
    const folder = await scratch()
    const first = jarIn(folder)
    await first.set('kept=1; Max-Age=3600; HttpOnly', GUIDE)
    await first.set('session=1', GUIDE)
    await first.set('gone=1; Max-Age=3600', GUIDE)
    await first.set('gone=; Max-Age=0', GUIDE)
    await first.set('changed=1; Max-Age=3600', GUIDE)
    await first.set('changed=2', GUIDE)
    await first.set('removed=1; Max-Age=3600', GUIDE)
    await first.remove({ name: 'removed', domain: 'www.swift.org', path: '/docs' })
    await first.flush()
    const second = await jarIn(folder).cookies()
    expect(names(second)).toEqual(['kept=1'])
    expect(second).toEqual((await first.cookies()).filter(({ name }) => name === 'kept'))
    expect(await readdir(folder)).toHaveLength(1)
  })

  test('what has expired meanwhile, or is damaged, is thrown away', async () => {
    const folder = await scratch()
    const first = jarIn(folder)
    await first.set('short=1; Max-Age=60', GUIDE)
    await first.set('broken=1; Max-Age=999999999', GUIDE)
    await first.set('long=1; Max-Age=999999999', GUIDE)
    await first.flush()
    for (const name of await readdir(folder))
      if ((await readFile(join(folder, name), 'utf8')).includes('broken'))
        await writeFile(join(folder, name), '{"broken')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 })
    try {
      const second = jarIn(folder)
      expect(names(await second.cookies())).toEqual(['long=1'])
      await second.flush()
      expect(await readdir(folder)).toHaveLength(1)
    } finally {
      vi.useRealTimers()
    }
  })

  test('a disk that cannot be written costs no cookie of this process, and flush says so once', async () => {
    const folder = join(await scratch(), 'jar')
    await mkdir(folder)
    const jar = jarIn(folder)
    expect(await jar.cookies()).toEqual([])
    await rm(folder, { recursive: true })
    await writeFile(folder, 'a file')
    expect(await jar.set('a=1; Max-Age=60', GUIDE)).toBe(true)
    expect(names(await jar.cookies())).toEqual(['a=1'])
    await expect(jar.flush()).rejects.toMatchObject({ name: 'URLError' })
    await jar.flush()
  })
})

describe('on the way', () => {
  /** Answers with the Cookie header it got; /set?… sets, /to?… redirects and sets. */
  const shop = (): Promise<RawServer> =>
    rawServer((socket, request) => {
      const [, path = '/'] = request.split(' ')
      const query = new URL(path, 'http://x').searchParams
      const set = query.getAll('set').map((text) => `Set-Cookie: ${text}\r\n`)
      const to = query.get('to')
      if (to === null) return void socket.write(ok(/^cookie: (.*)\r$/im.exec(request)?.[1] ?? 'none', set.join('')))
      socket.write(`HTTP/1.1 302 Found\r\nLocation: ${to}\r\nContent-Length: 0\r\n${set.join('')}\r\n`)
    })

  const load = async (
    options: ConfigurationOptions,
    transport: ReturnType<typeof nodeTransport>,
    url: string,
  ): Promise<string> => {
    const { settings } = SessionConfiguration.default(options)
    const loader = new Loader(transport, settings, nextHop)
    const request = storableRequest(normalizeRequest(url, () => null))
    const answer = await loader.load(request, { signal: new AbortController().signal })
    const bytes = await answer.body.read()
    await answer.body.cancel()
    return Buffer.from(bytes ?? []).toString()
  }

  test('what a server sets is sent later, and what a redirect sets with its next hop', async () => {
    const { url } = await shop()
    const jar = new URLCookieStorage()
    const transport = cookieTransport(jar, createFetchTransport())
    expect(await textBy(transport, `${url}/?set=a=1&set=b=2`, { credentials: 'include' })).toBe('none')
    expect(await textBy(transport, url, { credentials: 'same-origin' })).toBe('a=1; b=2')
    expect(await load({}, transport, `${url}/?set=c=3&to=/next`)).toBe('a=1; b=2; c=3')
  })

  test("one host's cookies stay with it when another is next", async () => {
    const [here, there] = [await shop(), await shop()]
    const elsewhere = there.url.replace('127.0.0.1', 'localhost')
    const jar = new URLCookieStorage()
    const transport = cookieTransport(jar, createFetchTransport())
    expect(await load({}, transport, `${here.url}/?set=a=1&to=${encodeURIComponent(`${elsewhere}/`)}`)).toBe('none')
    expect(names(await jar.cookiesFor(elsewhere))).toEqual([])
  })

  test('accept: never stores none, shows them all the same, and sends what the program itself set', async () => {
    const { url } = await shop()
    const jar = new URLCookieStorage()
    const transport = cookieTransport(jar, createFetchTransport(), { accept: 'never', set: true })
    const answer = await transport.send(wire(`${url}/?set=a=1`, { credentials: 'include' }))
    expect(answer.headers.getSetCookie()).toEqual(['a=1'])
    await answer.body.cancel()
    expect(await jar.cookies()).toEqual([])
    await jar.set('mine=1', url)
    expect(await textBy(transport, url, { credentials: 'include' })).toBe('mine=1')
  })

  test('set: false stores and does not send; credentials "omit" does neither', async () => {
    const { url } = await shop()
    const jar = new URLCookieStorage()
    const mute = cookieTransport(jar, createFetchTransport(), { accept: 'always', set: false })
    await textBy(mute, `${url}/?set=a=1`, { credentials: 'include' })
    expect(names(await jar.cookies())).toEqual(['a=1'])
    expect(await textBy(mute, url, { credentials: 'include' })).toBe('none')
    const open = cookieTransport(jar, createFetchTransport())
    expect(await textBy(open, `${url}/?set=b=2`, { credentials: 'omit' })).toBe('none')
    expect(names(await jar.cookies())).toEqual(['a=1'])
  })

  test('main-document-only keeps what the first site sets, and nothing of the site it leads to', async () => {
    const [here, there] = [await shop(), await shop()]
    const elsewhere = there.url.replace('127.0.0.1', 'localhost')
    const jar = new URLCookieStorage()
    const transport = cookieTransport(jar, createFetchTransport(), { accept: 'main-document-only', set: true })
    await load({}, transport, `${here.url}/?set=first=1&to=${encodeURIComponent(`${elsewhere}/?set=third=1`)}`)
    expect(names(await jar.cookies())).toEqual(['first=1'])
    const below = 'http://a.example.co.uk/'
    const answering = { ...createFetchTransport(), send: (): never => undefined as never }
    for (const [main, kept] of [
      ['http://b.example.co.uk/', true],
      ['http://other.co.uk/', false],
    ] as const) {
      const own = new URLCookieStorage()
      const headers = new Headers([['Set-Cookie', 'x=1']])
      const next = { ...answering, send: () => Promise.resolve({ headers, url: below } as never) }
      const one = cookieTransport(own, next, { accept: 'main-document-only', set: true })
      await one.send(wire(below, { credentials: 'include', mainDocument: main }))
      expect((await own.cookies()).length > 0).toBe(kept)
    }
  })

  test("the caller's own Cookie header is sent as it is, with those it does not name", async () => {
    const { url } = await shop()
    const jar = new URLCookieStorage()
    await jar.set('a=jar', url)
    await jar.set('b=jar', url)
    const headers = new Headers({ Cookie: 'a=mine' })
    const transport = cookieTransport(jar, createFetchTransport())
    expect(await textBy(transport, url, { credentials: 'include', headers })).toBe('a=mine; b=jar')
    expect(headers.get('cookie')).toBe('a=mine')
  })

  test('a server that sets nonsense, or hundreds, harms nobody', async () => {
    const many = Array.from({ length: 500 }, (_, index) => `Set-Cookie: c${index}=1\r\n`).join('')
    const server = await rawServer((socket) =>
      socket.write(ok('x', `Set-Cookie: =; ;;\r\nSet-Cookie: \r\nSet-Cookie: a=1; Expires=soon\r\n${many}`)),
    )
    const jar = new URLCookieStorage()
    expect(await textBy(cookieTransport(jar, createFetchTransport()), server.url, { credentials: 'include' })).toBe('x')
    expect((await jar.cookies()).length).toBe(501)
  })
})

describe('sessions', () => {
  test('of one directory share a jar on disk; an ephemeral one has its own, and the next has none of it', async () => {
    const directory = await scratch()
    const { settings: one } = SessionConfiguration.default({ directory, cookies: {} })
    const { settings: two } = SessionConfiguration.background('x', { directory, cookies: {} })
    const { settings: other } = SessionConfiguration.default({ directory: await scratch(), cookies: {} })
    expect(cookieStorageOf(one)).toBe(cookieStorageOf(two))
    expect(cookieStorageOf(one)).not.toBe(cookieStorageOf(other))
    const ephemeral = [1, 2].map(() => SessionConfiguration.ephemeral({ directory, cookies: {} }).settings)
    await cookieStorageOf(ephemeral[0] as typeof one)?.set('a=1; Max-Age=60', GUIDE)
    expect(await cookieStorageOf(ephemeral[0] as typeof one)?.cookies()).toHaveLength(1)
    expect(await cookieStorageOf(ephemeral[1] as typeof one)?.cookies()).toHaveLength(0)
    expect(await cookieStorageOf(one)?.cookies()).toHaveLength(0)
    await cookieStorageOf(one)?.set('b=1; Max-Age=60', GUIDE)
    await cookieStorageOf(one)?.flush()
    expect(await readdir(join(directory, 'cookies'))).toHaveLength(1)
  })

  test('that say nothing of cookies have none, and touch no disk', async () => {
    const directory = await scratch()
    const { settings } = SessionConfiguration.default({ directory })
    expect(cookieStorageOf(settings)).toBeNull()
    expect(nodeTransport(settings)).toBe(nodeTransport(SessionConfiguration.ephemeral().settings))
    expect(await readdir(directory)).toEqual([])
  })
})

test('without the package, whoever asks for cookies is told its name', async () => {
  vi.resetModules()
  vi.doMock('tough-cookie', () => {
    throw new Error('Cannot find package')
  })
  try {
    const { URLCookieStorage: Bare } = await import('../../src/platform/node/cookie-storage.ts')
    await expect(new Bare().cookies()).rejects.toMatchObject({
      code: 'unsupportedByPlatform',
      message: expect.stringMatching(/"tough-cookie".*npm install tough-cookie/),
    })
  } finally {
    vi.doUnmock('tough-cookie')
    vi.resetModules()
  }
})

test('without the package, whoever asks for a SOCKS proxy is told its name, and no password', async () => {
  vi.resetModules()
  vi.doMock('socks', () => {
    throw new Error('Cannot find package')
  })
  try {
    const { transportBy } = await import('./support/network.ts')
    await expect(
      transportBy({ proxy: 'socks5://ada:s3cret@proxy.test' }).send(wire('http://a.test/')),
    ).rejects.toMatchObject({
      code: 'unsupportedByPlatform',
      message: expect.stringMatching(/^(?!.*s3cret).*"socks".*npm install socks/),
    })
  } finally {
    vi.doUnmock('socks')
    vi.resetModules()
  }
})
