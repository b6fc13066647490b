/** SIGKILL to the whole browser, and the same profile started again: the download is there, and asks only for what is missing. */
import type { JournalEntry } from '../../testing/src/origin/index.ts'
import { begin, find, finish, place, received } from './support/life.ts'
import { expect, test } from './support/stage.ts'

const rate = 2_000_000
/** One second of bytes is the interval of checkpoints; the other is for the checkpoint that was being written. */
const lossBorne = 2 * rate

for (const { name, how } of [
  { name: 'as the browser comes', how: '' },
  { name: 'OPFS refused', how: 'refuse=opfs' },
])
  test(`killed in the middle: ${name}`, async ({ engineName, here, launch, open, note }) => {
    test.skip(how !== '' && engineName === 'webkitgtk', 'it is refused there anyway')
    const file = here.file('killed.bin', { size: 16_000_000, seed: 42, bytesPerSecond: rate })
    const { hex } = await file.sha256()
    const first = await launch()
    await open(first.tab, how)
    await begin(first.tab, file, { identifier: 'killed', key: 'model' })
    const identifier = await received(first.tab, 1)
    const asked = await here.when({ file: file.name, bytesSent: 6_500_000 })
    await first.kill()
    const sent = asked.bytesSent

    const second = await launch()
    await open(second.tab, how)
    const [found, ...others] = await find(second.tab, 'killed')
    expect(found).toEqual({ identifier, key: 'model', state: 'running', received: expect.any(Number) as unknown })
    expect(others).toEqual([])
    const from = found?.received ?? 0
    expect(from).toBeGreaterThan(0)
    expect(sent - from).toBeLessThan(lossBorne)

    file.behave({ bytesPerSecond: null })
    expect(await finish(second.tab, here)).toEqual({ size: file.size, sha256: hex, digest: null, warnings: [] })
    expect(here.journal.forFile(file.name)).toMatchObject([
      { range: null, status: 200 },
      { range: `bytes=${from}-`, status: 206 },
    ])
    const { fileStore } = await place(second.tab)
    note(`${name}: ${fileStore}, killed after ${sent} bytes, went on at ${from}: ${sent - from} fetched twice`)
  })

test('killed again and again, before the first byte and after the last: the digest holds', async ({
  here,
  launch,
  open,
  note,
}) => {
  const file = here.file('often.bin', { size: 12_000_000, seed: 48, bytesPerSecond: rate })
  const { hex, sri } = await file.sha256()
  file.nextResponses([{ beforeHead: 'stall' }])
  const deaths: readonly ((asked: JournalEntry) => boolean)[] = [
    () => true,
    ({ bytesSent }) => bytesSent > 3_000_000,
    ({ bytesSent }) => bytesSent > 3_000_000,
    ({ outcome }) => outcome === 'complete',
  ]
  let asked: JournalEntry | null = null
  for (const due of deaths) {
    const browser = await launch()
    const next = here.nextRequest({ file: file.name })
    await open(browser.tab)
    if (asked)
      expect(await find(browser.tab, 'often')).toMatchObject([{ identifier: 1, key: 'model', state: 'running' }])
    else await begin(browser.tab, file, { identifier: 'often', key: 'model', integrity: sri })
    const { id } = (asked = await next)
    await here.when((entry) => entry.id === id && due(entry))
    await browser.kill()
  }

  const { tab } = await launch()
  await open(tab)
  const found = await find(tab, 'often')
  // The last death comes after the last byte: a page that was quick has been told by then, and its task is over and gone.
  if (found.length === 0) return note('told of its end before the last kill')
  expect(found).toMatchObject([{ identifier: 1, key: 'model' }])
  expect(await finish(tab, here)).toEqual({ size: file.size, sha256: hex, digest: sri, warnings: [] })
  const requests = here.journal.forFile(file.name)
  note(`asked for ${requests.map(({ range }) => range ?? 'all').join(', ')}`)
  const sent = requests.reduce((sum, { bytesSent }) => sum + bytesSent, 0)
  expect(sent - file.size).toBeLessThan(deaths.length * lossBorne)
})
