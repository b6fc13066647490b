/** willCacheResponse: when a delegate is asked, and what its answers do. */
import { type CachedURLResponse, type SessionDelegate } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { Recorder } from '../../../testing/src/recorder.ts'
import { makeSession, rejection } from '../support/session.ts'
import { cached, count, keepable, makeCache } from './support/caches.ts'

type Answer = CachedURLResponse | null | undefined

/** A session whose delegate answers so. */
async function asking(answer: (proposed: CachedURLResponse) => Answer | Promise<Answer>) {
  const proposals: CachedURLResponse[] = []
  const made = await cached(
    {},
    {
      willCacheResponse: (_task, proposed) => {
        proposals.push(proposed)
        return answer(proposed)
      },
    },
  )
  return { ...made, proposals }
}

describe('a delegate is asked before an answer is kept', () => {
  it('after the body, and before metrics and the end', async () => {
    const cache = await makeCache()
    const recorder = new Recorder<SessionDelegate>()
    const session = makeSession({ cache }, recorder.delegate)
    const file = await keepable('max-age=600')
    await session.dataTask(file.url).resume().finished
    const names = recorder.names().map((name) => name.replace('*', ''))
    expect(names).toEqual([
      'didCreateTask',
      'didReceiveResponse',
      'didReceiveData',
      'willCacheResponse',
      'didFinishCollectingMetrics',
      'didComplete',
    ])
    recorder.verify()
    expect(await cache.get(file.url)).not.toBeNull()
  })

  it('of every form of request, and not of what comes from the cache or is only confirmed', async () => {
    const { session, proposals } = await asking(() => undefined)
    const file = await keepable('max-age=0')
    await session.data(file.url)
    expect(proposals).toMatchObject([{ storagePolicy: 'allowed', userInfo: null }])
    expect(proposals[0]?.data.byteLength).toBe(1000)
    expect(proposals[0]?.response.status).toBe(200)
    await session.data(file.url)
    await session.data({ url: file.url, cachePolicy: 'force-cache' })
    expect(proposals.length).toBe(1)
    await (await session.fetch(file.url, { cache: 'reload' })).arrayBuffer()
    for await (const bytes of session.dataTask({ url: file.url, cachePolicy: 'reload' })) bytes.fill(0)
    expect(proposals.length).toBe(3)
  })

  it('but not about what is not kept anyway', async () => {
    const { session, proposals } = await asking(() => undefined)
    for (const file of [await keepable('no-store'), await keepable('max-age=600', { status: 500 })])
      await session.data(file.url)
    expect(proposals).toEqual([])
  })
})

describe('its answer', () => {
  it('null keeps nothing', async () => {
    const { session, cache } = await asking(() => null)
    const file = await keepable('max-age=600')
    for (let time = 0; time < 2; time++) await session.data(file.url)
    expect(await count(file)).toBe(2)
    expect(await cache.get(file.url)).toBeNull()
  })

  it('of another policy and information of its own is kept so', async () => {
    const { session, cache } = await asking(async (proposed) => {
      proposed.data.fill(0)
      return { ...proposed, storagePolicy: 'inMemoryOnly', userInfo: { tag: 'a' } }
    })
    const file = await keepable('max-age=600')
    const { data } = await session.data(file.url)
    expect(await cache.get(file.url)).toMatchObject({ storagePolicy: 'inMemoryOnly', userInfo: { tag: 'a' }, data })
    expect(await cache.currentDiskUsage()).toBe(0)
  })

  it('notAllowed is as null', async () => {
    const { session, cache } = await asking((proposed) => ({ ...proposed, storagePolicy: 'notAllowed' }))
    const file = await keepable('max-age=600')
    await session.data(file.url)
    expect(await cache.get(file.url)).toBeNull()
  })

  it('that is an error fails the task as everywhere, and keeps nothing', async () => {
    const { session, cache } = await asking(() => {
      throw new Error('no cache today')
    })
    const file = await keepable('max-age=600')
    expect(await rejection(session.data(file.url))).toMatchObject({ code: 'delegateFailed' })
    // Whoever reads piece by piece hears of it where the end should be.
    const response = await session.fetch(file.url, { cache: 'reload' })
    expect(await rejection(response.text())).toMatchObject({ name: 'TypeError', cause: { code: 'delegateFailed' } })
    const { bytes } = await session.bytes({ url: file.url, cachePolicy: 'reload' })
    let received = 0
    const all = (async () => {
      for await (const piece of bytes) received += piece.byteLength
    })()
    expect(await rejection(all)).toMatchObject({ code: 'delegateFailed' })
    expect(received).toBe(1000)
    expect(await cache.get(file.url)).toBeNull()
  })

  it('that comes after the task was cancelled keeps nothing', async () => {
    const asked = Promise.withResolvers<void>()
    const reply = Promise.withResolvers<undefined>()
    const { session, cache } = await asking(() => {
      asked.resolve()
      return reply.promise
    })
    const file = await keepable('max-age=600')
    const failure = rejection(session.data(file.url))
    await asked.promise
    session.invalidateAndCancel()
    reply.resolve(undefined)
    expect(await failure).toMatchObject({ code: 'cancelled' })
    await cache.flush()
    expect(await cache.get(file.url)).toBeNull()
  })
})
