/**
 * The browser is killed (`kill -9`) in the middle: the next life goes on from the last checkpoint. One is made every second, and
 * bytes go on arriving while it is written: what is loaded twice is that much at most, or 16 MiB where that is more.
 */
import type { JournalEntry } from '../../../testing/src/origin/index.ts'
import { begin, find, finish } from '../support/life.ts'
import { test } from '../support/profile.ts'
import { expect } from '../support/stage.ts'

const mebi = 1 << 20

const speeds = [
  { name: 'at full speed', size: 384 * mebi, killAt: 128 * mebi, pace: {} },
  { name: 'at 16 MiB a second', size: 64 * mebi, killAt: 40 * mebi, pace: { bytesPerSecond: 16 * mebi } },
]

for (const { name, size, killAt, pace } of speeds)
  test(`killed ${name}`, async ({ profile, stage }) => {
    const { here, open } = await stage()
    const file = here.file(`killed ${name}.bin`, { size, seed: 19, headers: { 'Cache-Control': 'no-store' }, ...pace })
    let page = await profile.launch()
    await open(page)
    await begin(page, file, { identifier: 'killed', key: 'big' })
    await here.when({ file: file.name, bytesSent: killAt })
    await profile.kill()

    file.behave({ bytesPerSecond: null })
    page = await profile.launch()
    await open(page)
    expect(await find(page, 'killed')).toMatchObject([{ key: 'big', state: 'running' }])
    const { hex } = await file.sha256()
    expect(await finish(page, here)).toEqual({ size, sha256: hex, warnings: [] })

    const exchanges = here.journal.forFile(file.name)
    const [first] = exchanges as [JournalEntry]
    const twice = exchanges.reduce((sum, { bytesSent }) => sum + bytesSent, 0) - size
    const aSecond = (first.bytesSent * 1000) / ((first.endedAt ?? Date.now()) - first.at)
    expect(first.bytesSent).toBeLessThan(size)
    expect(twice).toBeLessThanOrEqual(Math.max(2 * aSecond, 16 * mebi))
  })
