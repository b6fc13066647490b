/** LazyHost: nothing is loaded before it is needed, and a load that failed is tried again. */
import { describe, expect, it } from 'vitest'
import { LadderHost } from '../../src/wire/ladder-host.ts'
import { LazyHost } from '../../src/wire/lazy-host.ts'
import type { HostFactory } from '../../src/wire/host.ts'
import { ear, FakeEngine, hello, rung, welcome } from './support/rungs.ts'

const factory: HostFactory = (said, listener) => new LadderHost(said, listener, [rung('page', new FakeEngine())])

describe('a lazy host', () => {
  it('loads its code once, with the first command', async () => {
    let loads = 0
    const host = new LazyHost(
      async () => {
        loads += 1
        return factory
      },
      hello,
      ear(),
    )
    expect(loads).toBe(0)
    expect(await Promise.all([host.open(), host.call('flush'), host.open()])).toEqual([welcome, null, welcome])
    expect(loads).toBe(1)
  })

  it('tries again after a load that failed', async () => {
    let loads = 0
    const host = new LazyHost(
      async () => {
        loads += 1
        if (loads === 1) throw new TypeError('Failed to fetch dynamically imported module')
        return factory
      },
      hello,
      ear(),
    )
    await expect(host.open()).rejects.toMatchObject({ code: 'backgroundSessionWasDisconnected' })
    expect(await host.open()).toEqual(welcome)
  })

  it('that is closed loads nothing any more', async () => {
    let loads = 0
    const host = new LazyHost(
      async () => {
        loads += 1
        return factory
      },
      hello,
      ear(),
    )
    await host.close()
    await expect(host.call('flush')).rejects.toMatchObject({
      code: 'backgroundSessionWasDisconnected',
      retryable: false,
    })
    expect(loads).toBe(0)
  })

  it('that is closed after it was loaded closes what it loaded', async () => {
    const engine = new FakeEngine()
    const host = new LazyHost(
      async () => (said, listener) => new LadderHost(said, listener, [rung('page', engine)]),
      hello,
      ear(),
    )
    await host.open()
    await host.close()
    expect(engine.calls).toEqual(['open', 'close'])
  })
})
