/** A process lives as long as there is something to do for it, and not a moment longer: no handle keeps it. */
import { describe, expect, it } from 'vitest'
import { serve, unique } from '../support/session.ts'
import { Life } from './support/life.ts'
import { durableBytes, stateDirectory } from './support/state.ts'

describe('a process', () => {
  it.each([null, 'background'])(
    'ends by itself when its downloads are done, without being told (%s session)',
    async (kind) => {
      const directory = await stateDirectory()
      const identifier = kind === null ? null : unique('done')
      const life = await Life.start({ directory, identifier, delegate: 'keeping' })
      await life.do.download((await serve('done.bin', { size: 3_000_000 })).url, { key: 'done' })
      await life.when('didComplete')
      expect(await life.letGo()).toBe(0)
      const next = await Life.start({ directory, identifier })
      expect(await next.do.files()).toMatchObject([{ key: 'done', size: 3_000_000 }])
    },
  )

  it('ends by itself where a session was only made', async () => {
    const life = await Life.start({ directory: await stateDirectory() })
    expect(await life.letGo()).toBe(0)
    const background = await Life.start({ directory: await stateDirectory(), identifier: unique('idle') })
    await background.do.tasks()
    expect(await background.letGo()).toBe(0)
  })

  it('ends by itself after a failure and after a cancel', async () => {
    const life = await Life.start({ directory: await stateDirectory(), options: { retry: { attempts: 1 } } })
    await life.do.download((await serve('bad.bin', { size: 10, beforeHead: 'reset' })).url)
    await life.when('failed')
    const file = await serve('cancelled.bin', { size: 300_000, stallAfter: 100_000 })
    const { identifier } = await life.do.download(file.url)
    await life.do.cancel(identifier)
    await life.when('failed', ({ code }) => code === 'cancelled')
    expect(await life.letGo()).toBe(0)
  })

  it('lives on while a download waits to be tried again, and ends when that is done', async () => {
    const directory = await stateDirectory()
    const identifier = unique('waiting')
    const file = await serve('waiting.bin', { size: 50_000 })
    await file.nextResponses([{ status: 503, retryAfter: 1 }])
    const life = await Life.start({ directory, identifier, delegate: 'keeping' })
    await life.do.download(file.url, { key: 'waiting' })
    expect(await life.letGo()).toBe(0)
    expect((await file.requests()).map(({ status }) => status)).toEqual([503, 200])
    const next = await Life.start({ directory, identifier })
    expect(await next.do.files()).toMatchObject([{ key: 'waiting', size: 50_000 }])
  })

  it('lives on while bytes arrive', async () => {
    const directory = await stateDirectory()
    const file = await serve('slow.bin', { size: 2_000_000, bytesPerSecond: 2_000_000 })
    const life = await Life.start({ directory, delegate: 'keeping' })
    await life.do.download(file.url, { key: 'slow' })
    expect(await life.letGo()).toBe(0)
    expect(await durableBytes(directory)).toBe(0)
    const next = await Life.start({ directory })
    expect(await next.do.files()).toMatchObject([{ key: 'slow', size: 2_000_000 }])
  })
})
