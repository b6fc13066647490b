/** What a session still holds of fetches and tasks that are over, or that nobody cares about any more. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { makeSession, origin, quick, serve } from '../support/session.ts'
import { turns } from './support/data.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Collects until `holds`; fails by the test's own limit. */
async function collected(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    collect()
    await turns(2)
  }
}

describe('a Response that nobody reads', () => {
  it('goes, and with it its task and its connection', async () => {
    const session = makeSession(quick)
    const file = await serve('forgotten.bin', { size: 900_000, stallAfter: 1000 })
    const response = new WeakRef(await session.fetch(file.url))
    expect(response.deref()?.status).toBe(200)
    expect(await session.tasks()).toHaveLength(1)
    await collected(async () => (await session.tasks()).length === 0)
    expect(response.deref()).toBe(undefined)
    await origin.when({ file: file.name, aborted: true })
  })

  it('stays for whoever holds its stream, its copy, or the promise of its text', async () => {
    const session = makeSession(quick)
    const held = async (take: (response: Response) => unknown): Promise<[unknown, WeakRef<object>]> => {
      const response = await session.fetch((await serve('held.bin', { size: 300_000, stallAfter: 1000 })).url)
      return [take(response), new WeakRef(response)]
    }
    const [stream] = await held((response) => response.body)
    const [copy] = await held((response) => response.clone())
    const [bytes] = await held((response) => response.arrayBuffer())
    for (let round = 0; round < 20; round++) {
      collect()
      await turns(2)
    }
    expect(await session.tasks()).toHaveLength(3)
    await origin.releaseStalls()
    expect((await new Response(stream as ReadableStream).arrayBuffer()).byteLength).toBe(300_000)
    expect((await (copy as Response).arrayBuffer()).byteLength).toBe(300_000)
    expect(((await bytes) as ArrayBuffer).byteLength).toBe(300_000)
  })
})

describe('a thousand requests', () => {
  it('leave no task, no listener and no memory behind', async () => {
    const session = makeSession(quick)
    const { url } = await serve('small.bin', { size: 100 })
    const { signal } = new AbortController()
    const one = async (index: number): Promise<void> => {
      const kind = index % 4
      if (kind === 0) await session.data(url, { signal })
      else if (kind === 1) await (await session.fetch(url, { signal })).arrayBuffer()
      else if (kind === 2) for await (const _ of (await session.bytes(url, { signal })).bytes) break
      else await session.data(url, { signal, maximumSize: 1 }).catch(() => {})
    }
    const round = async (): Promise<number> => {
      for (let index = 0; index < 500; index += 5) await Promise.all([0, 1, 2, 3, 4].map((more) => one(index + more)))
      for (let again = 0; again < 5; again++) {
        collect()
        await turns(2)
      }
      return getHeapStatistics().used_heap_size
    }
    await round()
    const before = await round()
    const after = await round()
    expect(after - before).toBeLessThan(500 * 1000)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    expect(await session.tasks()).toEqual([])
  })
})
