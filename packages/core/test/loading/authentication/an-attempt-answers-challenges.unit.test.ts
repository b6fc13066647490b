/** One attempt against servers that a test plays by hand: what is sent, what is asked, what is final. */
import { describe, expect, it, vi } from 'vitest'
import { URLCredentialStorage } from '../../../src/loading/authentication/credential-storage.ts'
import type { Transport, WireRequest } from '../../../src/ports/transport.ts'
import { asked, attempt, authenticator, right, spaceOf, wire, wrong } from './support/runs.ts'

const url = 'https://a.test/dir/file?x=1'
const basic = 'Basic realm="guarded"'
const good = `Basic ${btoa('Mufasa:Circle of Life')}`

interface Answer {
  status: number
  headers?: Record<string, string>
  url?: string
}

/** A server by a function; counts the bodies that were given up. */
function server(
  answer: (request: WireRequest, at: number) => Answer,
): Transport & { requests: WireRequest[]; cancelled: number } {
  const requests: WireRequest[] = []
  const self = {
    redirects: 'each-hop' as const,
    strictDecoding: true,
    requests,
    cancelled: 0,
    async send(request: WireRequest) {
      const { status, headers = {}, url: from = request.url } = answer(request, requests.push(request) - 1)
      const cancel = async (): Promise<void> => void self.cancelled++
      return {
        status,
        statusText: '',
        url: from,
        redirected: from !== request.url,
        headers: new Headers(headers),
        headersFiltered: false,
        body: { read: async () => null, cancel },
      }
    },
  }
  return self
}

const refusing = (header = basic) => server(() => ({ status: 401, headers: { 'www-authenticate': header } }))
const wanting = (value = good, header = basic) =>
  server(({ headers }) =>
    headers.get('authorization') === value ? { status: 200 } : { status: 401, headers: { 'www-authenticate': header } },
  )

describe('a challenge', () => {
  it('that is cancelled ends the request, and gives the body up', async () => {
    const transport = refusing()
    await expect(attempt(transport, authenticator(), wire(url), asked('cancel'))).rejects.toMatchObject({
      code: 'cancelled',
      number: -999,
      url,
    })
    expect([transport.requests.length, transport.cancelled]).toEqual([1, 1])
  })

  it.each([['default'], [undefined], [{ use: null }], ['reject']] as const)(
    'that is answered by %j without a credential leaves the 401, unread',
    async (disposition) => {
      const transport = refusing()
      expect(await attempt(transport, authenticator(), wire(url), asked(disposition))).toMatchObject({ status: 401 })
      expect([transport.requests.length, transport.cancelled]).toEqual([1, 0])
    },
  )

  it('that is answered by nonsense says so', async () => {
    for (const nonsense of ['maybe', {}, 7, { use: { user: 'Mufasa' } }])
      await expect(attempt(refusing(), authenticator(), wire(url), asked(nonsense as never))).rejects.toMatchObject({
        code: 'delegateFailed',
        url,
      })
  })

  it('proposes what stands in the URL, and by default uses it once', async () => {
    const { ask, challenges } = asked('default', 'default')
    const transport = refusing()
    expect(await attempt(transport, authenticator(), wire(url), { ask, proposed: right })).toMatchObject({
      status: 401,
    })
    expect(challenges.map((one) => [one.proposedCredential?.user, one.previousFailureCount])).toEqual([
      ['Mufasa', 0],
      ['Mufasa', 1],
    ])
    expect(transport.requests).toHaveLength(2)
  })

  it('is not answered for ever', async () => {
    const transport = refusing()
    const counts: number[] = []
    const ask = async ({ previousFailureCount }: { previousFailureCount: number }) => {
      counts.push(previousFailureCount)
      return { use: wrong } as const
    }
    expect(await attempt(transport, authenticator(), wire(url), { ask })).toMatchObject({ status: 401 })
    expect(counts).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(transport.requests).toHaveLength(11)
  })

  it('of a nonce that is always stale is not answered for ever either', async () => {
    const transport = refusing('Digest realm="guarded", nonce="n", qop="auth", stale=true')
    expect(await attempt(transport, authenticator(), wire(url), { proposed: right })).toMatchObject({ status: 401 })
    expect(transport.requests).toHaveLength(5)
  })

  it('that nobody answers ends with the request', async () => {
    const controller = new AbortController()
    const ask = () => {
      queueMicrotask(() => controller.abort(new Error('gone')))
      return new Promise<never>(() => {})
    }
    const transport = refusing()
    await expect(
      attempt(transport, authenticator(), wire(url, { signal: controller.signal }), { ask }),
    ).rejects.toThrow('gone')
    expect(transport.cancelled).toBe(1)
  })

  it('loads the Digest scheme once it is Digest, and not before', async () => {
    const loadDigest = vi.fn<() => never>(() => {
      throw new Error('not here')
    })
    expect(await attempt(wanting(), authenticator({ loadDigest }), wire(url), { proposed: right })).toMatchObject({
      status: 200,
    })
    expect(loadDigest).not.toHaveBeenCalled()
    const digest = refusing('Digest realm="guarded", nonce="n"')
    await expect(attempt(digest, authenticator({ loadDigest }), wire(url), { proposed: right })).rejects.toThrow(
      'not here',
    )
    expect(digest.cancelled).toBe(1)
  })

  it('to a request whose body is a stream is final', async () => {
    const body = new Response('x').body
    const { ask, challenges } = asked({ use: right })
    const streamed = wire(url, { method: 'POST', body })
    expect(await attempt(wanting(), authenticator(), streamed, { ask })).toMatchObject({ status: 401 })
    expect(challenges).toEqual([])
  })

  it('to a header that the caller set is the caller’s', async () => {
    const { ask, challenges } = asked({ use: right })
    const transport = wanting()
    const own = wire(url, { headers: new Headers({ authorization: 'Mine' }) })
    const { status, authorizations } = await attempt(transport, authenticator(), own, { ask })
    expect([status, authorizations, challenges]).toEqual([401, ['Mine'], []])
  })
})

describe('credentials', () => {
  it('that were refused are not sent again unasked, but the storage keeps them', async () => {
    const storage = new URLCredentialStorage()
    await storage.set(wrong, spaceOf(url))
    const transport = refusing()
    const { ask, challenges } = asked('default')
    expect(await attempt(transport, authenticator({ storage }), wire(url), { ask })).toMatchObject({ status: 401 })
    expect(transport.requests).toHaveLength(2)
    expect(challenges).toMatchObject([{ previousFailureCount: 1, proposedCredential: wrong }])
    expect(await storage.defaultCredential(spaceOf(url))).toMatchObject(wrong)
  })

  it('go along unasked at and below the path where they worked, until they are removed', async () => {
    const storage = new URLCredentialStorage()
    const by = authenticator({ storage })
    const transport = wanting()
    await attempt(transport, by, wire(url), { proposed: right })
    const first = async (path: string) =>
      (await attempt(transport, by, wire(`https://a.test${path}`))).authorizations[0]
    expect(await first('/dir/other')).toBe(good)
    expect(await first('/dir/deep/other')).toBe(good)
    expect(await first('/directory')).toBe(null)
    await storage.remove(right, spaceOf(url))
    expect(await first('/dir/other')).toBe(null)
  })

  it('go along unasked where the domain of a Digest says, and on no other server', async () => {
    const by = authenticator()
    const header = 'Digest realm="guarded", nonce="n", qop="auth", domain="/open https://b.test/ https://a.test/too/"'
    const transport = server(({ headers, url: to }) =>
      headers.has('authorization') || !to.includes('/dir/')
        ? { status: 200 }
        : { status: 401, headers: { 'www-authenticate': header } },
    )
    await attempt(transport, by, wire(url), { proposed: right })
    const goes = async (to: string) => (await attempt(transport, by, wire(to))).authorizations[0] !== null
    const paths = [
      'https://a.test/open',
      'https://a.test/open/x',
      'https://a.test/too/x',
      'https://a.test/opened',
      'https://a.test/',
      'https://b.test/',
    ]
    expect(await Promise.all(paths.map(goes))).toEqual([true, true, true, false, false, false])
  })

  it('that went along unasked and are refused go along no more, until they work again', async () => {
    const by = authenticator()
    await attempt(wanting(), by, wire(url), { proposed: right })
    const changed = wanting('Basic other')
    expect((await attempt(changed, by, wire(url))).authorizations).toEqual([good])
    expect((await attempt(changed, by, wire(url))).authorizations).toEqual([null, good])
  })

  it('of a Digest whose nonce the server forgot are no failure, though it does not say stale', async () => {
    const by = authenticator()
    let nonce = 'n1'
    const transport = server(({ headers }) =>
      headers.get('authorization')?.includes(`nonce="${nonce}"`) === true
        ? { status: 200 }
        : { status: 401, headers: { 'www-authenticate': `Digest realm="guarded", qop="auth", nonce="${nonce}"` } },
    )
    await attempt(transport, by, wire(url), { proposed: right })
    nonce = 'n2'
    const { ask, challenges } = asked('cancel')
    const { status, sent } = await attempt(transport, by, wire(url), { ask })
    expect([status, sent.length, challenges]).toEqual([200, 2, []])
  })

  it('of another user do not go on with the nonce of the first', async () => {
    const storage = new URLCredentialStorage()
    const by = authenticator({ storage })
    const transport = server(({ headers }) =>
      headers.has('authorization')
        ? { status: 200 }
        : { status: 401, headers: { 'www-authenticate': 'Digest realm="guarded", qop="auth", nonce="n"' } },
    )
    await attempt(transport, by, wire(url), { proposed: right })
    await storage.setDefault({ user: 'Scar', password: 'x' }, spaceOf(url, 'digest'))
    const { authorizations } = await attempt(transport, by, wire(url))
    expect([authorizations[0], authorizations[1]?.includes('username="Scar"')]).toEqual([null, true])
  })

  it('are put into the storage when they first work, and not again', async () => {
    const storage = new URLCredentialStorage()
    const set = vi.spyOn(storage, 'set')
    const by = authenticator({ storage })
    await attempt(wanting(), by, wire(url), { proposed: right })
    expect(set).toHaveBeenCalledTimes(1)
    await attempt(wanting(), by, wire(url))
    await attempt(wanting(), authenticator({ storage }), wire(url))
    expect(set).toHaveBeenCalledTimes(1)
  })

  it('that may not be kept serve this attempt alone', async () => {
    const by = authenticator()
    const transport = wanting()
    const run = by.begin({ proposed: null, ask: () => ({ use: { ...right, persistence: 'none' } }) })
    const first = await run.prepare(wire(url))
    const again = await run.answer(first, await transport.send(first))
    if (!again) throw new Error('it was final')
    expect(await run.answer(again, await transport.send(again))).toBe(null)
    expect((await run.prepare(wire('https://a.test/dir/next'))).headers.get('authorization')).toBe(good)
    expect((await attempt(transport, by, wire(url))).authorizations).toEqual([null])
  })

  it('of a session without a storage serve this attempt alone', async () => {
    const by = authenticator({ storage: null })
    const transport = wanting()
    expect(await attempt(transport, by, wire(url), { proposed: right })).toMatchObject({ status: 200 })
    expect((await attempt(transport, by, wire(url))).authorizations).toEqual([null])
  })

  it('stay on their origin, also when the chain forgets to take them off', async () => {
    const by = authenticator()
    const transport = wanting()
    const run = by.begin({ proposed: right, ask: null })
    const first = await run.prepare(wire(url))
    const again = await run.answer(first, await transport.send(first))
    if (!again) throw new Error('it was final')
    await run.answer(again, await transport.send(again))
    const elsewhere = await run.prepare({ ...again, url: 'https://b.test/dir/file' })
    expect(elsewhere.headers.get('authorization')).toBe(null)
    // Nor does the URL's user belong to whom it was redirected to.
    expect(await run.answer(elsewhere, await transport.send(elsewhere))).toBe(null)
    expect((await run.prepare({ ...again, url: 'https://a.test/dir/more' })).headers.get('authorization')).toBe(good)
  })

  it('are made anew for a redirect on the same server, since Digest covers the target', async () => {
    const by = authenticator()
    const header = 'Digest realm="guarded", nonce="n", qop="auth"'
    const transport = server(({ headers }) =>
      headers.has('authorization') ? { status: 302 } : { status: 401, headers: { 'www-authenticate': header } },
    )
    const run = by.begin({ proposed: right, ask: null })
    const first = await run.prepare(wire(url))
    const again = await run.answer(first, await transport.send(first))
    if (!again) throw new Error('it was final')
    // What `answer` made may go through `prepare` again.
    expect((await run.prepare(again)).headers.get('authorization')).toBe(again.headers.get('authorization'))
    await run.answer(again, await transport.send(again))
    const hop = (await run.prepare({ ...again, url: 'https://a.test/new?y' })).headers.get('authorization')
    expect(hop).toMatch(/uri="\/new\?y".*nc=00000002/)
  })

  it('are not given to whom a browser was redirected to', async () => {
    const { ask, challenges } = asked({ use: right }, { use: right })
    const answer = (from: string) => server(() => ({ status: 401, headers: { 'www-authenticate': basic }, url: from }))
    for (const [from, method] of [
      ['https://b.test/', 'GET'],
      ['https://a.test/other', 'POST'],
    ] as const)
      expect(await attempt(answer(from), authenticator(), wire(url, { method }), { ask })).toMatchObject({
        status: 401,
      })
    expect(challenges).toEqual([])
    const transport = server(({ url: to, headers }) =>
      headers.has('authorization')
        ? { status: to === 'https://a.test/other' ? 200 : 500 }
        : { status: 401, headers: { 'www-authenticate': basic }, url: 'https://a.test/other' },
    )
    expect(await attempt(transport, authenticator(), wire(url), { ask })).toMatchObject({ status: 200 })
  })

  it('are not kept when the server was in trouble', async () => {
    const storage = new URLCredentialStorage()
    const transport = server(({ headers }) =>
      headers.has('authorization') ? { status: 503 } : { status: 401, headers: { 'www-authenticate': basic } },
    )
    expect(await attempt(transport, authenticator({ storage }), wire(url), { proposed: right })).toMatchObject({
      status: 503,
    })
    expect(await storage.all()).toEqual([])
  })

  it('are used although the storage fails', async () => {
    const failing = async (): Promise<never> => {
      throw new Error('disk')
    }
    const storage = { defaultCredential: failing, set: failing, setDefault: failing }
    expect(await attempt(wanting(), authenticator({ storage }), wire(url), { proposed: right })).toMatchObject({
      status: 200,
    })
  })
})

describe('a proxy', () => {
  const http = 'http://a.test/dir/file'
  const proxied = () =>
    server(({ headers }) =>
      headers.get('proxy-authorization') !== good
        ? { status: 407, headers: { 'proxy-authenticate': 'Basic realm="proxy"' } }
        : headers.get('authorization') === good
          ? { status: 200 }
          : { status: 401, headers: { 'www-authenticate': basic } },
    )

  it('is a space of its own, and known next time like the server behind it', async () => {
    const by = authenticator({ proxyFor: () => 'http://proxy.test:3128/' })
    const { ask, challenges } = asked({ use: right }, { use: right })
    const transport = proxied()
    expect(await attempt(transport, by, wire(http), { ask })).toMatchObject({ status: 200 })
    expect(
      challenges.map(({ protectionSpace }) => [protectionSpace.host, protectionSpace.port, protectionSpace.isProxy]),
    ).toEqual([
      ['proxy.test', 3128, true],
      ['a.test', 80, false],
    ])
    expect((await attempt(transport, by, wire(http))).sent).toHaveLength(1)
  })

  it('is never believed in where there is none, or none that sees the request', async () => {
    const { ask, challenges } = asked({ use: right })
    expect(await attempt(proxied(), authenticator(), wire(http), { ask })).toMatchObject({ status: 407 })
    const by = authenticator({ proxyFor: () => 'http://proxy.test:3128/' })
    expect(await attempt(proxied(), by, wire(url), { ask })).toMatchObject({ status: 407 })
    expect(challenges).toEqual([])
  })

  it('that makes a connection is answered where it is the one who asks, and told where to', async () => {
    const proxy = 'http://proxy.test:3128'
    const { ask, challenges } = asked({ use: right })
    const transport = server(({ headers }) =>
      headers.has('proxy-authorization')
        ? { status: 200 }
        : { status: 407, headers: { 'proxy-authenticate': 'Digest realm="p", nonce="n", qop="auth"' }, url: proxy },
    )
    const by = authenticator({ proxyFor: () => proxy })
    // As a transport asks that made no connection.
    const send = async (request: WireRequest) => ({ ...(await transport.send(request)), redirected: false })
    expect(await attempt({ ...transport, send }, by, wire(url), { ask })).toMatchObject({ status: 200 })
    expect(challenges.map(({ protectionSpace }) => protectionSpace.isProxy)).toEqual([true])
    expect(transport.requests.at(-1)?.headers.get('proxy-authorization')).toContain('uri="a.test:443"')
  })

  it('that asks for Digest is told the whole target', async () => {
    const by = authenticator({ proxyFor: () => 'http://proxy.test:3128/' })
    const transport = server(({ headers }) =>
      headers.has('proxy-authorization')
        ? { status: 200 }
        : { status: 407, headers: { 'proxy-authenticate': 'Digest realm="p", nonce="n", qop="auth"' } },
    )
    await attempt(transport, by, wire(`${http}?x=1`), asked({ use: right }))
    expect(transport.requests.at(-1)?.headers.get('proxy-authorization')).toContain('uri="http://a.test/dir/file?x=1"')
  })
})

describe('a bearer token', () => {
  const bearer = (tokens: (string | null)[], renewed: string | null | Error = 'new') => {
    const renew = vi.fn<(refused: string | null) => Promise<string | null>>(async () => {
      if (renewed instanceof Error) throw renewed
      return renewed
    })
    return {
      covers: (to: string) => to.startsWith('https://a.test/'),
      token: async () => tokens.shift() ?? null,
      renew,
    }
  }

  it('that a server refuses without a word is renewed', async () => {
    const tokens = bearer(['old'])
    const transport = server(({ headers }) => ({ status: headers.get('authorization') === 'Bearer new' ? 200 : 401 }))
    expect((await attempt(transport, authenticator({ bearer: tokens }), wire(url))).authorizations).toEqual([
      'Bearer old',
      'Bearer new',
    ])
    expect(tokens.renew.mock.calls).toEqual([['old']])
  })

  it('is renewed once, whatever comes of it', async () => {
    const tokens = bearer(['old'])
    const { status, authorizations } = await attempt(refusing('Bearer'), authenticator({ bearer: tokens }), wire(url))
    expect([status, authorizations]).toEqual([401, ['Bearer old', 'Bearer new']])
  })

  it('that is too young to be renewed leaves the 401', async () => {
    const transport = refusing('Bearer')
    const tokens = bearer(['old'], null)
    expect(await attempt(transport, authenticator({ bearer: tokens }), wire(url))).toMatchObject({ status: 401 })
    expect(transport.cancelled).toBe(0)
  })

  it('is not asked for by a server that wants something else', async () => {
    const tokens = bearer([])
    const by = authenticator({ bearer: tokens })
    expect(await attempt(wanting(), by, wire(url), { proposed: right })).toMatchObject({ status: 200 })
    expect(tokens.renew).not.toHaveBeenCalled()
  })

  it('that cannot be renewed ends the request', async () => {
    const transport = refusing('Bearer')
    const by = authenticator({ bearer: bearer(['old'], new Error('logged out')) })
    await expect(attempt(transport, by, wire(url))).rejects.toThrow('logged out')
    expect(transport.cancelled).toBe(1)
  })

  it('does not take the place of what the caller set', async () => {
    const tokens = bearer(['old'])
    const own = wire(url, { headers: new Headers({ authorization: 'Mine' }) })
    expect((await attempt(refusing('Bearer'), authenticator({ bearer: tokens }), own)).authorizations).toEqual(['Mine'])
    expect(tokens.renew).not.toHaveBeenCalled()
  })
})
