/** What a session says of options that its platform does not follow. */
import { SessionConfiguration, type ConfigurationOptions, type EffectiveOption } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { inNode, makeSession, unique } from '../support/session.ts'

const told = (options: ConfigurationOptions | SessionConfiguration): Record<string, string> =>
  Object.fromEntries(effective(options).map(({ option, effect }) => [option, effect]))

const effective = (options: ConfigurationOptions | SessionConfiguration): readonly EffectiveOption[] =>
  makeSession(options).configuration.effective?.filter(({ option }) => option !== 'directory') ?? []

const none: ConfigurationOptions = { networkAccess: { cellular: false, expensive: false, constrained: false } }

describe('an option that is not followed', () => {
  it('is none where nothing was set, or only what is done', () => {
    expect(told({})).toEqual({})
    expect(
      told({
        headers: { a: 'b' },
        timeout: { request: 1000, resource: 5000 },
        waitsForConnectivity: true,
        connectionsPerHost: 6,
        priority: 0.1,
        retry: { attempts: 1 },
        redirect: 'refuse',
        credentials: 'omit',
        networkAccess: { cellular: true },
        discretionary: false,
        engine: { placement: 'auto' },
      }),
    ).toEqual({})
  })

  it('of a network is named where nothing tells of one, and not where the caller does', () => {
    const all = { 'networkAccess.cellular': 'ignored', 'networkAccess.expensive': 'ignored' }
    const saveData = 'connection' in globalThis.navigator
    expect(told(none)).toEqual(saveData ? all : { ...all, 'networkAccess.constrained': 'ignored' })
    expect(told({ ...none, networkStatus: () => ({}) })).toEqual({})
    expect(told(SessionConfiguration.background(unique('picky'), { discretionary: true }))).toEqual({
      discretionary: saveData ? 'weaker' : 'ignored',
    })
  })

  it('of the wrong kind of session is named', () => {
    expect(told({ discretionary: true, networkStatus: () => ({}) })).toEqual({ discretionary: 'ignored' })
    const background = SessionConfiguration.background(unique('impatient'), { waitsForConnectivity: false })
    expect(told(background)).toEqual({ waitsForConnectivity: 'ignored' })
  })

  it('orders only what waits', () => {
    expect(told({ priority: 0.9 })).toEqual({ priority: 'weaker' })
  })

  it.runIf(inNode)('in Node is what only browsers have', () => {
    expect(told({ credentials: 'same-origin', engine: { placement: 'worker', workerURL: 'https://a.test/' } })).toEqual(
      {
        credentials: 'weaker',
        'engine.placement': 'ignored',
        'engine.workerURL': 'ignored',
      },
    )
    expect(told({ credentials: 'include' })).toEqual({ credentials: 'ignored' })
    expect(told({ credentials: 'include', cookies: {}, connectionsPerHost: 20, redirect: 'same-origin' })).toEqual({})
  })

  it.skipIf(inNode)('in a browser is what belongs to the browser', () => {
    expect(told({ proxy: 'none', cookies: {}, redirect: 'same-origin', connectionsPerHost: 7 })).toEqual({
      proxy: 'ignored',
      cookies: 'ignored',
      redirect: 'weaker',
      connectionsPerHost: 'weaker',
    })
    expect(told({ cookies: { accept: 'never' } })).toEqual({ cookies: 'weaker' })
    expect(makeSession({ cookies: { set: false } }).configuration.settings.credentials).toBe('omit')
    expect(makeSession({ directory: '/tmp' }).configuration.effective).toMatchObject([
      { option: 'directory', effect: 'ignored' },
    ])
  })
})

describe('what is said of options', () => {
  it('has a reason for each, and cannot be changed', () => {
    const list = effective({ ...none, priority: 1, discretionary: true })
    expect(list.length).toBeGreaterThan(2)
    for (const one of list) {
      expect(one.reason).toMatch(/^\S.{15,}/)
      expect(Object.isFrozen(one)).toBe(true)
    }
    expect(Object.isFrozen(makeSession().configuration.effective)).toBe(true)
  })

  it('is known to a session’s own configuration alone, and to copies of it', () => {
    expect(SessionConfiguration.default({ priority: 1 }).effective).toBeNull()
    const { configuration } = makeSession({ priority: 1 })
    expect(configuration.copy({ connectionsPerHost: 2 }).effective).toEqual([])
  })
})
