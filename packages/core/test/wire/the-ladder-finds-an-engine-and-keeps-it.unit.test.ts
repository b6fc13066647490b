/** LadderHost: the best place that works, one start for all, another engine for one that died, and an end to patience. */
import { settle } from '../../../testing/src/fakes/turns.ts'
import { describe, expect, it } from 'vitest'
import { URLError } from '../../src/model/url-error.ts'
import { LadderHost } from '../../src/wire/ladder-host.ts'
import { ear, FakeEngine, hello, rung, welcome } from './support/rungs.ts'

const refused = new DOMException('not by this policy', 'SecurityError')

describe('the ladder', () => {
  it('is climbed from the best rung to the first that holds, and says what the better ones lacked', async () => {
    const listener = ear()
    const [first, second, third] = [
      rung('worker', refused),
      rung('blob', new Error('no blobs')),
      rung('page', new FakeEngine()),
    ]
    const host = new LadderHost(hello, listener, [first, second, third])
    expect(await host.open()).toEqual(welcome)
    expect(listener.heard).toEqual([
      'welcome, refused: worker: SecurityError: not by this policy; blob: Error: no blobs',
    ])
    expect([first.connects, second.connects, third.connects]).toEqual([1, 1, 1])
  })

  it('that holds nowhere is a failure that names every rung, and is tried again when asked again', async () => {
    const engine = new FakeEngine()
    const host = new LadderHost(hello, ear(), [rung('worker', refused, engine)])
    await expect(host.open()).rejects.toMatchObject({
      code: 'backgroundSessionWasDisconnected',
      retryable: false,
      message: expect.stringContaining('worker: SecurityError') as string,
    })
    expect(await host.open()).toEqual(welcome)
  })

  it('is climbed once for all who ask at once', async () => {
    const only = rung('worker', new FakeEngine())
    const host = new LadderHost(hello, ear(), [only])
    await Promise.all([host.open(), host.open(), host.call('flush'), host.call('kept')])
    expect(only.connects).toBe(1)
  })

  it('is not climbed further for an engine that is there and says no', async () => {
    const engine = new FakeEngine()
    engine.answer = () => Promise.reject(new URLError('backgroundSessionInUseByAnotherProcess'))
    const next = rung('page', new FakeEngine())
    const host = new LadderHost(hello, ear(), [rung('worker', engine), next])
    await expect(host.open()).rejects.toMatchObject({ number: -996 })
    expect([engine.terminated, next.connects]).toEqual([true, 0])
  })
})

describe('events', () => {
  it('that come before the welcome are told after it, in order', async () => {
    const listener = ear()
    const engine = new FakeEngine()
    engine.answer = (name) => {
      if (name === 'open') for (const sequence of [1, 2]) engine.post({ sequence, events: [] })
    }
    await new LadderHost(hello, listener, [rung('worker', engine)]).open()
    engine.post({ sequence: 3, events: [] })
    expect(listener.heard).toEqual(['welcome', 'events 1', 'events 2', 'events 3'])
  })
})

describe('commands', () => {
  it('start the engine, reach it, and bring back values and errors', async () => {
    const engine = new FakeEngine()
    engine.answer = (name, args) => {
      if (name === 'create') return { identifier: 7 }
      if (name === 'keep') throw new URLError('fileDoesNotExist', { why: String(args[1]) })
    }
    const host = new LadderHost(hello, ear(), [rung('worker', engine)])
    expect(await host.call('create', {} as never)).toEqual({ identifier: 7 })
    await expect(host.call('keep', {} as never, 'my key')).rejects.toMatchObject({
      code: 'fileDoesNotExist',
      message: expect.stringContaining('my key') as string,
    })
    expect(engine.calls).toEqual(['open', 'create', 'keep'])
  })

  it('under way when the engine dies fail, and may be said again', async () => {
    const [first, second] = [new FakeEngine(), new FakeEngine()]
    first.answer = (name) => (name === 'flush' ? new Promise(() => {}) : undefined)
    const listener = ear()
    const host = new LadderHost(hello, listener, [rung('worker', first, second)])
    const flushing = host.call('flush')
    flushing.catch(() => {})
    await settle()
    first.die()
    await expect(flushing).rejects.toMatchObject({ code: 'backgroundSessionWasDisconnected', retryable: true })
    await host.call('flush')
    expect([first.terminated, second.calls, listener.heard]).toEqual([
      true,
      ['open', 'flush'],
      ['welcome', 'lost', 'welcome'],
    ])
  })
})

describe('an engine that dies', () => {
  it('is started again where it ran, not from the top', async () => {
    const better = rung('worker', refused)
    const [first, second] = [new FakeEngine(), new FakeEngine()]
    const worse = rung('page', first, second)
    const host = new LadderHost(hello, ear(), [better, worse])
    await host.open()
    first.die()
    await settle()
    await host.open()
    expect([better.connects, worse.connects]).toEqual([1, 2])
  })

  it('while it starts is started again', async () => {
    const [first, second] = [new FakeEngine(), new FakeEngine()]
    first.answer = () => {
      first.die()
      return new Promise(() => {})
    }
    const host = new LadderHost(hello, ear(), [rung('worker', first, second)])
    expect(await host.open()).toEqual(welcome)
    expect(first.terminated).toBe(true)
  })

  it('again and again is given up, whether it had started or not', async () => {
    for (const dies of ['at once', 'later'] as const) {
      const engines = Array.from({ length: 20 }, () => new FakeEngine())
      for (const engine of engines) {
        engine.answer = (name) => {
          if (name === 'open' && dies === 'at once') {
            engine.die()
            return new Promise(() => {})
          }
        }
      }
      const place = rung('worker', ...engines)
      const host = new LadderHost(hello, ear(), [place])
      let error: unknown = null
      for (let life = 0; life < 10 && error === null; life++) {
        await host.open().catch((reason: unknown) => (error = reason))
        engines[place.connects - 1]?.die()
        await settle()
      }
      expect(error).toMatchObject({
        message: expect.stringContaining('died 5 times in a minute') as string,
        retryable: false,
      })
      expect(place.connects).toBe(5)
    }
  })
})

describe('closing', () => {
  it('asks the engine to end, takes it down, and is final', async () => {
    const engine = new FakeEngine()
    const listener = ear()
    const host = new LadderHost(hello, listener, [rung('worker', engine)])
    await host.open()
    await host.close()
    expect([engine.calls, engine.terminated]).toEqual([['open', 'close'], true])
    await expect(host.call('flush')).rejects.toMatchObject({
      code: 'backgroundSessionWasDisconnected',
      retryable: false,
    })
    engine.die()
    await settle()
    expect(listener.heard).toEqual(['welcome'])
  })

  it('never throws: not without an engine, not with one that fails, hangs in death or never started', async () => {
    await new LadderHost(hello, ear(), [rung('worker', new FakeEngine())]).close()
    const failing = new FakeEngine()
    failing.answer = (name) => (name === 'close' ? Promise.reject(new Error('no')) : undefined)
    const host = new LadderHost(hello, ear(), [rung('worker', failing)])
    await host.open()
    await host.close()
    const dying = new FakeEngine()
    dying.answer = (name) => {
      if (name !== 'close') return undefined
      dying.die()
      return new Promise(() => {})
    }
    const other = new LadderHost(hello, ear(), [rung('worker', dying)])
    await other.open()
    await other.close()
    const refusing = new LadderHost(hello, ear(), [rung('worker', refused)])
    refusing.open().catch(() => {})
    await refusing.close()
  })
})
