/** Pausing: by `suspend`, and by resume data; as often as one likes, and the file is the same. */
import { describe, expect, it } from 'vitest'
import { bytesOf, makeSession, rangesOf, reached, serve } from '../support/session.ts'

async function digestOf(blob: Blob): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await bytesOf(blob)))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

describe('a download with ten pauses at random places', () => {
  it('has the same SHA-256 by resume data, and no byte is asked for twice', async () => {
    const gaps = Array.from({ length: 10 }, () => 1 + Math.floor(Math.random() * 400_000))
    const file = await serve('paused.bin', { size: 5_000_000, seed: 91 })
    await file.nextResponses(gaps.map((stallAfter) => ({ stallAfter })))
    const session = makeSession()
    let task = session.downloadTask(file.url).resume()
    const offsets: number[] = []
    for (const gap of gaps) {
      offsets.push((offsets.at(-1) ?? 0) + gap)
      await reached(task, offsets.at(-1) ?? 0)
      const resumeData = (await task.cancelProducingResumeData()) ?? expect.fail('there is no resume data')
      task = session.downloadTask(resumeData).resume()
    }
    const { file: got } = await task.finished
    expect(await digestOf(await got.blob())).toBe((await file.sha256()).hex)
    expect(await rangesOf(file)).toEqual([null, ...offsets.map((offset) => `bytes=${offset}-`)])
  })

  it('has the same SHA-256 by `suspend`, in one request', async () => {
    const file = await serve('suspended.bin', { size: 5_000_000, seed: 92, bytesPerSecond: 3_000_000 })
    const task = makeSession().downloadTask(file.url).resume()
    let pauses = 0
    for await (const { fraction } of task.progress) {
      if (fraction === null || fraction === 1 || pauses === 10) continue
      pauses += 1
      expect(task.suspend().state).toBe('suspended')
      task.resume()
    }
    const { file: got } = await task.finished
    expect(pauses).toBeGreaterThan(1)
    expect(await digestOf(await got.blob())).toBe((await file.sha256()).hex)
    expect(await rangesOf(file)).toEqual([null])
  })
})

describe('a suspended download', () => {
  it('takes nothing more, and its idle time does not run', async () => {
    const file = await serve('silent.bin', { size: 400_000, stallAfter: 100_000 })
    const task = makeSession({ timeout: { request: 300 } })
      .downloadTask(file.url)
      .resume()
    await reached(task, 100_000)
    task.suspend()
    // Longer than the request's time: what is tested is that a timer does not run.
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(task).toMatchObject({ state: 'suspended', waitingFor: null, warnings: [] })
    await file.releaseStalls()
    task.resume()
    await task.finished
    expect(await rangesOf(file)).toEqual([null])
  })
})
