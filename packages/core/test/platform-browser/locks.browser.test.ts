/** Locks between a page and its workers: who works, who is dying, and who is dead. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { MemoryLocks } from '../../src/platform/browser/memory-locks.ts'
import { holdForever, whenReleased } from '../../src/platform/browser/lock-watch.ts'
import { pickLocks, WebLocks } from '../../src/platform/browser/web-locks.ts'
import type { Locks } from '../../src/ports/locks.ts'
import { startWorker, unique } from './support/in-worker.ts'

const makers: Record<string, () => Locks> = { WebLocks: () => new WebLocks(), MemoryLocks: () => new MemoryLocks() }

describe.each(Object.keys(makers))('%s', (kind) => {
  const make = (): Locks => (makers[kind] as () => Locks)()

  test('a free lock is taken, refused to others, and free again once released', async () => {
    const name = unique('lock')
    const locks = make()
    expect(await locks.isHeld(name)).toBe(false)
    const lock = await locks.acquire(name)
    expect(lock).not.toBe(null)
    expect(await locks.isHeld(name)).toBe(true)
    expect(await make().acquire(name)).toBe(null)
    await lock?.release()
    expect(await locks.isHeld(name)).toBe(false)
    const again = await make().acquire(name)
    expect(again).not.toBe(null)
    await again?.release()
  })

  test('names do not meet', async () => {
    const locks = make()
    const one = await locks.acquire(unique('lock'))
    const other = await locks.acquire(unique('lock'))
    expect([one, other]).not.toContain(null)
    await Promise.all([one?.release(), other?.release()])
  })
})

test('a living holder elsewhere is known at once', async () => {
  const name = unique('lock')
  const worker = startWorker()
  const lock = await worker.call('acquire', name)
  expect(lock).not.toBe(null)
  const start = performance.now()
  expect(await new WebLocks().acquire(name)).toBe(null)
  expect(performance.now() - start).toBeLessThan(4000)
  expect(await new WebLocks().isHeld(name)).toBe(true)
  await worker.call('release', lock as number)
  const ours = await new WebLocks().acquire(name)
  expect(ours).not.toBe(null)
  await ours?.release()
})

test('a dead holder holds nothing', async () => {
  const name = unique('lock')
  const worker = startWorker()
  await worker.call('acquire', name)
  const released = whenReleased(name, new AbortController().signal)
  worker.kill()
  await released
  const lock = await new WebLocks().acquire(name)
  expect(lock).not.toBe(null)
  await lock?.release()
})

test('a holder that dies while he is asked is no holder, though he may have answered', async () => {
  for (let round = 0; round < 5; round++) {
    const name = unique('lock')
    const worker = startWorker()
    await worker.call('acquire', name)
    const acquiring = new WebLocks().acquire(name)
    worker.kill()
    const lock = await acquiring
    expect(lock).not.toBe(null)
    await lock?.release()
  }
})

test('a holder that answers no more, and then dies, is waited for', async () => {
  const name = unique('lock')
  const worker = startWorker()
  await worker.call('takeSilently', name)
  const acquiring = new WebLocks().acquire(name)
  worker.kill()
  const lock = await acquiring
  expect(lock).not.toBe(null)
  await lock?.release()
})

test('a holder that neither answers nor dies is given up on', async () => {
  const name = unique('lock')
  await startWorker().call('takeSilently', name)
  expect(await new WebLocks().acquire(name)).toBe(null)
}, 40_000)

test('of two that wait for a dying holder one gets the lock, and the other is told at once', async () => {
  const name = unique('lock')
  const worker = startWorker()
  await worker.call('takeSilently', name)
  const start = performance.now()
  const both = Promise.all([new WebLocks().acquire(name), new WebLocks().acquire(name)])
  worker.kill()
  const got = (await both).filter((lock) => lock !== null)
  expect(got).toHaveLength(1)
  expect(performance.now() - start).toBeLessThan(4000)
  await got[0]?.release()
})

test('the death of a worker is noticed by everybody who waits for it', async () => {
  const name = unique('alive')
  const worker = startWorker()
  await worker.call('holdForever', name)
  const waits = [1, 2, 3].map(() => whenReleased(name, new AbortController().signal))
  expect(await Promise.race([...waits, new WebLocks().isHeld(name)])).toBe(true)
  worker.kill()
  await Promise.all(waits)
})

test('waiting for a death ends with its signal', async () => {
  const name = unique('alive')
  await holdForever(name)
  const stop = new AbortController()
  const waiting = whenReleased(name, stop.signal)
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})

test('where the browser refuses Web Locks there is a makeshift', async () => {
  expect(await pickLocks()).toBeInstanceOf(WebLocks)
  Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })
  onTestFinished(() => void Reflect.deleteProperty(navigator, 'locks'))
  expect(await pickLocks()).toBeInstanceOf(MemoryLocks)
  const stop = new AbortController()
  const waiting = whenReleased('anything', stop.signal)
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})

test('without Web Locks other tabs are asked', async () => {
  const name = unique('lock')
  const worker = startWorker()
  // A holder that attends its channel answers, whatever kind of lock it has.
  await worker.call('acquire', name)
  expect(await new MemoryLocks().acquire(name)).toBe(null)
  expect(await new MemoryLocks().isHeld(name)).toBe(true)
})
