/** Credentials outlive a task, a session or nothing, as they say, and are gone when somebody wants them gone. */
import { openCredentialStorage, SessionConfiguration, type URLCredential, type URLCredentialStorage } from 'urlsession'
import { afterEach, describe, expect, it } from 'vitest'
import { directory, inNode, makeSession, origin, unique } from '../support/session.ts'

type Persistence = NonNullable<URLCredential['persistence']>

const guarded = (): { url: string; password: string } => {
  const password = unique('s3cret')
  return { url: `${origin.url}/basic/ada/${password}`, password }
}

/** In a browser it has no options. */
const open: (options?: { directory: string }) => Promise<URLCredentialStorage> = openCredentialStorage
const opened = (): Promise<URLCredentialStorage> => open(directory === null ? undefined : { directory })

afterEach(async () => (await opened()).clear())

const space = (): Parameters<URLCredentialStorage['set']>[1] => {
  const { hostname, port } = new URL(origin.url)
  return {
    host: hostname,
    port: Number(port),
    protocol: 'http',
    isProxy: false,
    realm: 'testing',
    authenticationMethod: 'basic',
  }
}

/** What was sent for a URL: whether with credentials, request by request. */
const sent = async (url: string): Promise<boolean[]> =>
  (await origin.journal({ url: new URL(url).pathname }))
    .filter(({ preflight }) => !preflight)
    .map(({ headers }) => headers['authorization'] !== undefined)

const statusOf = async (session: ReturnType<typeof makeSession>, url: string): Promise<number> =>
  (await session.data(url)).response.status

const giving = (password: string, persistence: Persistence) => ({
  didReceiveChallenge: () => ({ use: { user: 'ada', password, persistence } }),
})

describe('the storage that a session is given', () => {
  it.each(['forSession', 'permanent'] as const)(
    'has the answer, %s, which then goes along unasked',
    async (persistence) => {
      const { url, password } = guarded()
      const credentialStorage = await opened()
      await credentialStorage.setDefault({ user: 'ada', password, persistence }, space())
      const session = makeSession({ credentialStorage })
      for (let time = 0; time < 2; time++) expect(await statusOf(session, url)).toBe(200)
      expect(await sent(url)).toEqual([false, true, true])
      // A transfer has it from there as well.
      expect((await session.download(url)).response.status).toBe(200)
      expect((await sent(url)).slice(3).every(Boolean)).toBe(true)
    },
  )

  it('keeps what a delegate gave, and serves other sessions with it', async () => {
    const { url, password } = guarded()
    const credentialStorage = await opened()
    await statusOf(makeSession({ credentialStorage }, giving(password, 'forSession')), url)
    expect(await credentialStorage.defaultCredential(space())).toMatchObject({ user: 'ada', password })
    expect(await statusOf(makeSession({ credentialStorage }), url)).toBe(200)
    await credentialStorage.remove({ user: 'ada' }, space())
    expect(await statusOf(makeSession({ credentialStorage }), url)).toBe(401)
  })
})

describe('a credential that worked', () => {
  it('is gone with its task, where its persistence is none', async () => {
    const { url, password } = guarded()
    const session = makeSession({}, giving(password, 'none'))
    for (let time = 0; time < 2; time++) expect(await statusOf(session, url)).toBe(200)
    expect(await sent(url)).toEqual([false, true, false, true])
  })

  it('is gone with its session, where it is for that', async () => {
    const { url, password } = guarded()
    const session = makeSession({}, giving(password, 'forSession'))
    for (let time = 0; time < 2; time++) expect(await statusOf(session, url)).toBe(200)
    expect(await sent(url)).toEqual([false, true, true])
    expect(await statusOf(makeSession(), url)).toBe(401)
  })

  it('is there for the next session, where it is permanent, but for no ephemeral one', async () => {
    const { url, password } = guarded()
    expect(await statusOf(makeSession({}, giving(password, 'permanent')), url)).toBe(200)
    expect(await statusOf(makeSession(), url)).toBe(200)
    expect(await (await opened()).defaultCredential(space())).toMatchObject({ password, persistence: 'permanent' })
    expect(await statusOf(makeSession(SessionConfiguration.ephemeral()), url)).toBe(401)
  })
})

describe('a reset', () => {
  it('forgets credentials, permanent ones too, also what was known of their servers', async () => {
    const { url, password } = guarded()
    expect(await statusOf(makeSession({}, giving(password, 'permanent')), url)).toBe(200)
    const session = makeSession()
    expect(await statusOf(session, url)).toBe(200)
    expect((await session.reset()).cleared).toContain('credentials')
    expect(await statusOf(session, url)).toBe(401)
    expect((await sent(url)).at(-1)).toBe(false)
    expect(await statusOf(makeSession(), url)).toBe(401)
    expect(await (await opened()).all()).toEqual([])
  })

  it.runIf(inNode)('forgets cookies in Node', async () => {
    const session = makeSession({ cookies: {} })
    const cookieOf = async (): Promise<unknown> =>
      (await session.json<{ headers: Record<string, string> }>(`${origin.url}/echo`)).headers['cookie'] ?? null
    await session.data(`${origin.url}/set-cookie?kept=1`)
    expect(await cookieOf()).toBe('kept=1')
    expect(await session.reset()).toEqual({ cleared: ['cookies', 'credentials'], notCleared: [] })
    expect(await cookieOf()).toBeNull()
  })

  it.runIf(!inNode)('says what is the browser’s', async () => {
    const { cleared, notCleared } = await makeSession().reset()
    expect([cleared, notCleared.map(({ what }) => what)]).toEqual([['credentials'], ['cookies', 'cache']])
  })
})
