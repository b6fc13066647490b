/** Authentication against httpbin, a server in another language. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFetchTransport } from '../../../src/platform/node/fetch-transport.ts'
import { pythonWithHttpbin, startHttpbin } from './support/httpbin.ts'
import { asked, attempt, authenticator, textOf, wire } from './support/runs.ts'

// Its Digest takes neither a query (it fails on one in Python 3) nor escapes in the path (it hashes them decoded).
const credential = { user: 'simba', password: 'matata' }
const path = 'simba/matata'
const transport = createFetchTransport()

describe.skipIf(pythonWithHttpbin === null)('httpbin (skipped where python3-httpbin is not installed)', () => {
  let url = ''
  let stop = (): void => {}
  beforeAll(async () => {
    ;({ url, stop } = await startHttpbin(pythonWithHttpbin ?? ''))
  })
  afterAll(() => stop())

  test.each([
    `basic-auth/${path}`,
    ...['auth', 'auth-int'].flatMap((qop) =>
      ['MD5', 'SHA-256'].map((algorithm) => `digest-auth/${qop}/${path}/${algorithm}`),
    ),
    `digest-auth/none/${path}/MD5`,
  ])('lets in by %s', async (where) => {
    const { status, response, sent } = await attempt(transport, authenticator(), wire(`${url}/${where}`), {
      proposed: credential,
    })
    expect([status, sent.length]).toEqual([200, 2])
    expect(JSON.parse(await textOf(response))).toMatchObject({ authenticated: true, user: 'simba' })
  })

  test.each([`basic-auth/${path}`, `digest-auth/auth/${path}/SHA-256`])(
    'does not, with a wrong password, by %s',
    async (where) => {
      const { ask, challenges } = asked({ use: { ...credential, password: 'no' } }, 'default')
      expect(await attempt(transport, authenticator(), wire(`${url}/${where}`), { ask })).toMatchObject({ status: 401 })
      expect(challenges.map((one) => one.previousFailureCount)).toEqual([0, 1])
    },
  )

  test('that hides what it guards gets its 404 delivered', async () => {
    const { ask, challenges } = asked({ use: credential })
    const hidden = await attempt(transport, authenticator(), wire(`${url}/hidden-basic-auth/${path}`), { ask })
    expect([hidden.status, challenges]).toEqual([404, []])
  })
})
