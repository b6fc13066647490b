/** Owns: authentication against a real server that checks with hashes of its own; called with each platform's transport. */
import { describe, expect, inject, test } from 'vitest'
import { FakeClock } from '../../../../../testing/src/fakes/fake-clock.ts'
import { BearerRefresher } from '../../../../src/loading/authentication/bearer-refresher.ts'
import { URLCredentialStorage } from '../../../../src/loading/authentication/credential-storage.ts'
import type { Transport } from '../../../../src/ports/transport.ts'
import { asked, attempt, authenticator, right, spaceOf, textOf, wire, wrong } from './runs.ts'

interface Told {
  readonly scheme: string | null
  readonly counts: {
    readonly asked: number
    readonly refused: number
    readonly bare: number
    readonly refreshed: number
  }
}

const unique = (): string => Math.random().toString(36).slice(2)

const guarded = (query: Record<string, string | string[]>, path = `${unique()}/dir/file`): string => {
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, one])),
  )
  return `${inject('origin')}/guarded/${path}?${search}`
}

export function guardedSuite(transport: Transport): void {
  const told = async (response: Parameters<typeof textOf>[0]): Promise<Told> =>
    JSON.parse(await textOf(response)) as Told

  describe('a server that wants Basic', () => {
    test('is given what somebody says, and what is wrong is asked for again', async () => {
      const url = guarded({ scheme: 'basic' })
      const { ask, challenges } = asked({ use: wrong }, { use: right })
      const { status, response, sent } = await attempt(transport, authenticator(), wire(url), { ask })
      expect([status, sent.length]).toEqual([200, 3])
      expect(await told(response)).toMatchObject({ scheme: 'basic' })
      const { hostname, port } = new URL(url)
      expect(challenges).toMatchObject([
        {
          protectionSpace: {
            host: hostname,
            port: Number(port),
            protocol: 'http',
            realm: 'guarded',
            authenticationMethod: 'basic',
            isProxy: false,
          },
          proposedCredential: null,
          previousFailureCount: 0,
          error: null,
        },
        { previousFailureCount: 1, failureResponse: { status: 401, url } },
      ])
    })

    test('gets its 401 delivered, body and all, when there is nobody to ask', async () => {
      const { status, response } = await attempt(transport, authenticator(), wire(guarded({ scheme: 'basic' })))
      expect(status).toBe(401)
      expect(await told(response)).toMatchObject({ counts: { asked: 1, bare: 1 } })
    })

    test('is given what stands in the URL, and next time at once', async () => {
      const by = authenticator()
      const url = guarded({ scheme: 'basic' })
      expect(await attempt(transport, by, wire(url), { proposed: right })).toMatchObject({ status: 200 })
      expect((await attempt(transport, by, wire(url.replace('/file', '/deeper/file')))).sent).toHaveLength(1)
      expect((await attempt(transport, by, wire(url.replace('/dir/file', '/elsewhere')))).sent).toHaveLength(2)
    })

    test('is read in UTF-8', async () => {
      const credential = { user: 'Jäsøn', password: '王 \u{1f600}' }
      const url = guarded({ scheme: 'basic', ...credential })
      expect(await attempt(transport, authenticator(), wire(url), { proposed: credential })).toMatchObject({
        status: 200,
      })
    })
  })

  describe('a server that wants Digest', () => {
    const algorithms = ['MD5', 'SHA-256', 'SHA-512-256'].flatMap((one) => [one, `${one}-sess`])
    test.each(algorithms.flatMap((algorithm) => ['auth', 'auth-int'].map((qop) => [algorithm, qop] as const)))(
      'by %s with %s is satisfied, for ten requests on one nonce',
      async (algorithm, qop) => {
        const by = authenticator()
        const url = guarded({ scheme: `digest:${algorithm}`, qop })
        const body = 'a body, ü'
        const send = () => attempt(transport, by, wire(url, { method: 'POST', body }), { proposed: right })
        expect(await send()).toMatchObject({ status: 200 })
        for (let count = 0; count < 9; count++) expect((await send()).sent).toHaveLength(1)
        expect(await told((await send()).response)).toMatchObject({ counts: { bare: 1, refused: 0 } })
      },
    )

    test.each([
      ['without qop, as RFC 2069', { qop: '' }],
      ['by the hash of the user', { userhash: '1', user: 'Jäsøn Doe' }],
      ['in UTF-8', { user: 'Jäsøn Doe', password: 'Käse' }],
      ['in a realm with umlauts', { realm: 'Käse' }],
    ])('%s is satisfied', async (_name, more: Record<string, string>) => {
      const url = guarded({ scheme: 'digest:SHA-256', ...more })
      const proposed = { user: more['user'] ?? right.user, password: more['password'] ?? right.password }
      expect(await attempt(transport, authenticator(), wire(url), { proposed })).toMatchObject({ status: 200 })
    })

    test('may let a nonce run out, which is nobody’s failure', async () => {
      const by = authenticator()
      const url = guarded({ scheme: 'digest:SHA-256', uses: '2' })
      const { ask, challenges } = asked({ use: right }, 'cancel')
      for (const requests of [2, 1, 2, 1, 2])
        expect((await attempt(transport, by, wire(url), { ask })).sent).toHaveLength(requests)
      expect(challenges).toHaveLength(1)
    })

    test('may name the next nonce, and is never asked twice', async () => {
      const by = authenticator()
      const url = guarded({ scheme: 'digest:SHA-256', uses: '1', nextnonce: '1' })
      await attempt(transport, by, wire(url), { proposed: right })
      for (let count = 0; count < 3; count++) expect((await attempt(transport, by, wire(url))).sent).toHaveLength(1)
    })

    test('is answered in the strongest way it offers, in one header or several', async () => {
      for (const scheme of [['basic', 'digest:MD5', 'digest:SHA-256'], ['basic+negotiate+digest:MD5+digest:SHA-256']]) {
        const { status, authorizations } = await attempt(transport, authenticator(), wire(guarded({ scheme })), {
          proposed: right,
        })
        expect(status).toBe(200)
        expect(authorizations.at(-1)).toContain('algorithm=SHA-256')
      }
    })

    test('is answered by the next scheme when that one is rejected', async () => {
      const { ask, challenges } = asked('reject', { use: right })
      const url = guarded({ scheme: ['digest:MD5', 'digest:SHA-256', 'basic'] })
      expect(await attempt(transport, authenticator(), wire(url), { ask })).toMatchObject({ status: 200 })
      expect(challenges.map((one) => one.protectionSpace.authenticationMethod)).toEqual(['digest', 'basic'])
      expect(challenges.map((one) => one.previousFailureCount)).toEqual([0, 0])
    })

    test('is asked by ten at once', async () => {
      const by = authenticator()
      const url = guarded({ scheme: 'digest:SHA-256' })
      await attempt(transport, by, wire(url), { proposed: right })
      const all = await Promise.all(Array.from({ length: 10 }, () => attempt(transport, by, wire(url))))
      expect(all.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    })

    test('of a foreign tongue gets its 401 delivered', async () => {
      const { ask, challenges } = asked({ use: right })
      const url = guarded({ scheme: ['digest:SHA-1', 'negotiate'] })
      expect(await attempt(transport, authenticator(), wire(url), { ask })).toMatchObject({ status: 401 })
      expect(challenges).toEqual([])
    })
  })

  describe('a server that wants a bearer token', () => {
    const bearer = (id: string, origins: string[] = [inject('origin')]) => {
      let token: string | null = 'old'
      const refreshed: string[] = []
      const options = {
        origins,
        token: () => token,
        refresh: async () => {
          const answer = (await (await fetch(`${inject('origin')}/renew/${id}`)).json()) as { token: string }
          refreshed.push(answer.token)
          token = answer.token
          return token
        },
      }
      const parts = { withLock: <T>(_: string, work: () => Promise<T>) => work(), clock: new FakeClock() }
      return { refresher: new BearerRefresher(options, parts), refreshed }
    }

    test('refuses ten at once, and the token is renewed once', async () => {
      const id = unique()
      const { refresher, refreshed } = bearer(id)
      const by = authenticator({ bearer: refresher })
      const url = guarded({ scheme: 'bearer' }, `${id}/x`)
      const all = await Promise.all(Array.from({ length: 10 }, () => attempt(transport, by, wire(url))))
      expect(all.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
      expect(refreshed).toEqual(['token-1'])
      expect((await attempt(transport, by, wire(url))).authorizations).toEqual(['Bearer token-1'])
    })

    test('refuses the new one too, and its 401 is delivered', async () => {
      const { refresher, refreshed } = bearer(unique())
      const by = authenticator({ bearer: refresher })
      const url = guarded({ scheme: 'bearer' })
      const first = await attempt(transport, by, wire(url))
      expect([first.status, first.sent.length]).toEqual([401, 2])
      const second = await attempt(transport, by, wire(url))
      expect([second.status, second.sent.length]).toEqual([401, 1])
      expect(refreshed).toHaveLength(1)
    })

    test('that is not named never sees it', async () => {
      const { refresher, refreshed } = bearer(unique(), [inject('otherOrigin')])
      const { status, authorizations } = await attempt(
        transport,
        authenticator({ bearer: refresher }),
        wire(guarded({ scheme: 'bearer' })),
      )
      expect([status, authorizations, refreshed]).toEqual([401, [null], []])
    })
  })

  describe('a storage', () => {
    test('is asked before anybody, and filled by what worked', async () => {
      const storage = new URLCredentialStorage()
      const url = guarded({ scheme: 'basic' })
      const space = spaceOf(url)
      const first = asked({ use: { ...right, persistence: 'none' } })
      expect(await attempt(transport, authenticator({ storage }), wire(url), first)).toMatchObject({ status: 200 })
      expect(await storage.all()).toEqual([])
      await attempt(transport, authenticator({ storage }), wire(url), asked({ use: right }))
      expect(await storage.defaultCredential(space)).toEqual({ ...right, persistence: 'forSession' })
      const second = asked('cancel')
      expect(await attempt(transport, authenticator({ storage }), wire(url), second)).toMatchObject({ status: 200 })
      expect(second.challenges).toEqual([])
    })

    test('whose credential is refused is told the one that works', async () => {
      const storage = new URLCredentialStorage()
      const url = guarded({ scheme: 'digest:SHA-256' })
      const space = spaceOf(url, 'digest')
      await storage.set({ user: 'Scar', password: 'x' }, space)
      const { ask, challenges } = asked({ use: right })
      expect(await attempt(transport, authenticator({ storage }), wire(url), { ask })).toMatchObject({ status: 200 })
      expect(challenges).toMatchObject([{ previousFailureCount: 1, proposedCredential: { user: 'Scar' } }])
      expect(await storage.defaultCredential(space)).toMatchObject(right)
    })
  })
}
