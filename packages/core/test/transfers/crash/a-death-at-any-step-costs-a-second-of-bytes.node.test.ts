/** The engine dies at every single step of the disk, in every way; the next one makes the same file of what is left. */
import { describe, expect, it } from 'vitest'
import { integrityOf } from '../support/integrity.ts'
import { keeper, onlyTheFile, SIZE, sweep } from '../support/crash-stage.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'

const TIMEOUT = 120_000

describe('a death at any step', () => {
  it('of a plain download', { timeout: TIMEOUT }, async () => {
    expect(await sweep({ inTheEnd: onlyTheFile })).toBeGreaterThan(300)
  })

  it('of a download written at once, as sync handles do', { timeout: TIMEOUT }, async () => {
    await sweep({ inTheEnd: onlyTheFile, writesAtOnce: true, fates: ['kept', 'lost'] })
  })

  it('of a download whose connection breaks again and again', { timeout: TIMEOUT }, async () => {
    await sweep({
      inTheEnd: onlyTheFile,
      arrange: ({ content }) => void (content.failAfter = 20_000),
      fates: ['kept', 'lost'],
    })
  })

  it('of a download with integrity', { timeout: TIMEOUT }, async () => {
    const { integrity } = await integrityOf(contentAt(1, 0, SIZE))
    await sweep({ inTheEnd: onlyTheFile, app: keeper({ integrity }), fates: ['lost', 'torn'] })
  })

  it('of a download whose file changes in the middle', { timeout: TIMEOUT }, async () => {
    await sweep({
      inTheEnd: onlyTheFile,
      arrange: (world) => {
        world.content.failAfter = 40_000
        world.beforeAnswer = (count) => {
          if (count === 1) Object.assign(world.content, { seed: 2, etag: '"v2"', failAfter: undefined })
        }
      },
      // What came of the first version is of no use.
      refetched: 40_000,
      fates: ['kept', 'lost'],
    })
  })

  it('of a download from a server that lies about a changed file', { timeout: TIMEOUT }, async () => {
    await sweep({
      inTheEnd: onlyTheFile,
      arrange: (world) => {
        world.content.failAfter = 40_000
        const honest = world.serve
        const lying: typeof honest = (request, index) => {
          // Ceph and others: If-Range is not looked at.
          request.headers.delete('if-range')
          return honest(request, index)
        }
        Object.assign(world, { serve: lying })
        world.beforeAnswer = (count) => {
          if (count === 1) Object.assign(world.content, { seed: 2, etag: '"v2"', failAfter: undefined })
        }
      },
      refetched: 40_000 + 8000,
      fates: ['lost'],
    })
  })
})
