/** A configuration fills in every default, is its own copy, and cannot be changed. */
import { describe, expect, it } from 'vitest'
import { SessionConfiguration } from '../../src/model/configuration.ts'
import type { ResponseCache } from '../../src/model/url-cache.ts'

describe('a configuration', () => {
  it('has a default for everything', () => {
    expect(SessionConfiguration.default().settings).toEqual({
      headers: [],
      timeout: { request: 60_000, resource: 604_800_000 },
      waitsForConnectivity: false,
      connectionsPerHost: 4,
      dataConnectionsPerHost: Number.POSITIVE_INFINITY,
      credentials: 'same-origin',
      credentialsChosen: false,
      cachePolicy: 'default',
      redirect: 'follow',
      retry: { attempts: 10, baseDelay: 500, maximumDelay: 30_000 },
      dataRetry: { attempts: 3, baseDelay: 500, maximumDelay: 30_000 },
      transportSecurity: { allowsArbitraryLoads: false, exceptions: {} },
      networkAccess: { cellular: true, expensive: true, constrained: true },
      discretionary: false,
      priority: 0.5,
      directory: null,
      proxy: null,
      tls: null,
      cookies: null,
    })
  })

  it('of a background session always waits for connectivity', () => {
    expect(SessionConfiguration.background('a', { waitsForConnectivity: false }).settings.waitsForConnectivity).toBe(
      true,
    )
  })

  it('of an ephemeral session sends no credentials unless asked to', () => {
    expect(SessionConfiguration.ephemeral().settings.credentials).toBe('omit')
    expect(SessionConfiguration.ephemeral({ credentials: 'include' }).settings.credentials).toBe('include')
  })

  it('of an ephemeral session keeps out of the platform’s cache, unless it has one of its own or says otherwise', () => {
    const cache = { find: () => {} } as unknown as ResponseCache
    expect(SessionConfiguration.ephemeral().settings.cachePolicy).toBe('no-store')
    expect(SessionConfiguration.ephemeral({ cache }).settings.cachePolicy).toBe('default')
    expect(SessionConfiguration.ephemeral({ cachePolicy: 'reload' }).settings.cachePolicy).toBe('reload')
  })

  it('does not follow what was given', () => {
    const options = {
      headers: { a: '1' },
      timeout: { request: 5 },
      transportSecurity: { exceptions: { 'a.test': { allowsInsecureHTTP: true } } },
    }
    const { settings } = SessionConfiguration.default(options)
    options.headers.a = '2'
    options.timeout.request = 6
    options.transportSecurity.exceptions['a.test'].allowsInsecureHTTP = false
    expect(settings).toMatchObject({
      headers: [['a', '1']],
      timeout: { request: 5 },
      transportSecurity: { exceptions: { 'a.test': { allowsInsecureHTTP: true } } },
    })
  })

  it('is frozen throughout', () => {
    const configuration = SessionConfiguration.default({ transportSecurity: { exceptions: { 'a.test': {} } } })
    expect(() => Object.assign(configuration, { kind: 'background' })).toThrow(TypeError)
    expect(() => Object.assign(configuration.settings.retry, { attempts: 1 })).toThrow(TypeError)
    expect(() => Object.assign(configuration.settings.transportSecurity.exceptions, { 'b.test': {} })).toThrow(
      TypeError,
    )
  })

  it('is copied with changes, and stays itself', () => {
    const first = SessionConfiguration.background('a', { priority: 0.9, retry: { attempts: 3 } })
    const second = first.copy({ priority: 0.1 })
    expect([second.kind, second.identifier, second.settings.priority, second.settings.retry.attempts]).toEqual([
      'background',
      'a',
      0.1,
      3,
    ])
    expect(first.settings.priority).toBe(0.9)
    expect(() => first.copy({ priority: 7 })).toThrow(/option "priority" was 7/)
  })
})
