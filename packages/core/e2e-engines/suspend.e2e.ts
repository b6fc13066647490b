/** Suspending where nobody slows the server down: Firefox and WebKit take what comes into memory, so the connection is let go in time. */
import { begin, received } from './support/life.ts'
import { expect, test } from './support/stage.ts'

const rate = 80_000_000
/** Ten seconds, for which a slow connection is held, would be 800 MB. */
const borne = 160_000_000

test('a suspended download lets go of a fast connection before much piles up, and goes on', async ({
  here,
  launch,
  open,
  note,
}) => {
  const file = here.file('fast.bin', { size: 900_000_000, seed: 49, bytesPerSecond: rate })
  const { tab } = await launch()
  await open(tab)
  await begin(tab, file)
  await received(tab, 60_000_000)
  const begun = performance.now()
  await tab.evaluate(() => void globalThis.task.suspend())
  const { bytesSent } = await here.when({ file: file.name, ended: true })
  const elapsed = Math.round(performance.now() - begun)
  const got = await tab.evaluate(() => globalThis.task.progress.download.completed)
  note(`suspended: let go after ${elapsed} ms, ${bytesSent - got} bytes were sent for nothing`)
  expect(bytesSent - got).toBeLessThan(borne)

  const next = here.nextRequest({ file: file.name })
  await tab.evaluate(() => void globalThis.task.resume())
  expect(Number(/^bytes=(\d+)-$/.exec((await next).range ?? '')?.[1])).toBeGreaterThanOrEqual(got)
  await received(tab, bytesSent)
})
