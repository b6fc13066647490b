/** What a default session's process left behind when it was killed is swept by the next; what the living have is not. */
import { describe, expect, it } from 'vitest'
import { serve } from '../support/session.ts'
import { Life } from './support/life.ts'
import { byteFiles, records, stateDirectory } from './support/state.ts'

async function loading(directory: string): Promise<{ life: Life; release: () => Promise<void> }> {
  const file = await serve('loading.bin', { size: 900_000, stallAfter: 300_000 })
  const life = await Life.start({ directory, delegate: 'keeping' })
  await life.do.download(file.url, { key: `of ${file.name}` })
  await life.when('didWriteData', ({ bytes = 0 }) => bytes >= 300_000)
  await life.do.flush()
  return { life, release: () => file.releaseStalls() }
}

/** A session that starts and ends in good order. */
async function visit(directory: string): Promise<void> {
  const life = await Life.start({ directory })
  await life.do.download((await serve('visit.bin', { size: 10 })).url)
  await life.when('finished')
  await life.do.close()
  await life.letGo()
}

describe('a default session’s leftovers', () => {
  it('go with the next session of whoever, once their process is dead', async () => {
    const directory = await stateDirectory()
    const { life } = await loading(directory)
    expect([(await byteFiles(directory)).length, (await records(directory, 'task')).length]).toEqual([1, 1])
    await life.kill()
    await visit(directory)
    expect(await byteFiles(directory)).toEqual([])
    expect(await records(directory, 'task')).toEqual([])
    expect(await records(directory, 'claim')).toEqual([])
  })

  it('stay as long as their process lives, which goes on undisturbed', async () => {
    const directory = await stateDirectory()
    const { life, release } = await loading(directory)
    await visit(directory)
    expect([(await byteFiles(directory)).length, (await records(directory, 'task')).length]).toEqual([1, 1])
    await release()
    expect((await life.when('didComplete')).code).toBe(null)
    expect((await life.do.files()).map(({ size }) => size)).toEqual([900_000])
  })

  it('stay where they were kept', async () => {
    const directory = await stateDirectory()
    const { life, release } = await loading(directory)
    await release()
    await life.when('didComplete')
    await life.kill()
    await visit(directory)
    expect(await byteFiles(directory)).toHaveLength(1)
    const next = await Life.start({ directory })
    expect((await next.do.files()).map(({ size }) => size)).toEqual([900_000])
  })

  it('of a finished file that nobody kept go as well', async () => {
    const directory = await stateDirectory()
    const life = await Life.start({ directory })
    await life.do.download((await serve('loose.bin', { size: 5000 })).url)
    await life.when('finished')
    expect(await byteFiles(directory)).toHaveLength(1)
    await life.kill()
    await visit(directory)
    expect(await byteFiles(directory)).toEqual([])
  })
})
