/** The page goes, the worker dies, the connection breaks, the server refuses: every time the download goes on where it was. */
import type { Origin } from '../../../packages/testing/src/origin/index.ts'
import { expect, firstByte, MB, test, type Transfers } from './stage.ts'

const name = 'long.bin'
const size = 60 * MB

/** Begins a slow download and resolves when a good part is there; from then on the origin is fast. */
async function begin(origin: Origin, transfers: Transfers): Promise<void> {
  const file = origin.file(name, { size, seed: 21, bytesPerSecond: 6 * MB })
  await transfers.add(file.url)
  // Several seconds, and so several checkpoints, have passed by then.
  await origin.when({ file: name, bytesSent: 24 * MB })
  file.behave({ bytesPerSecond: null })
}

/** The next request is for the rest, and what comes of it is the origin's file. */
async function expectTheRest(origin: Origin, transfers: Transfers, disturb: () => Promise<unknown>): Promise<void> {
  const next = origin.nextRequest({ file: name, method: 'GET' })
  await disturb()
  expect(firstByte((await next).range)).toBeGreaterThan(0)
  await expect(transfers.state(name, 'Finished')).toBeVisible()
  await transfers.button(`Verify ${name}`).click()
  await expect(transfers.row(name)).toContainText('SHA-256 matches')
}

test('a reload in the middle goes on with a Range request', async ({ origin, transfers }) => {
  await begin(origin, transfers)
  await expectTheRest(origin, transfers, () => transfers.button('Reload the page').click())
})

test('a killed worker is noticed, and another goes on', async ({ origin, transfers }) => {
  await begin(origin, transfers)
  await expectTheRest(origin, transfers, () => transfers.button('Kill the worker').click())
  await expect(transfers.page.getByText('The session noticed by itself and started worker 2')).toBeVisible()
})

test('cut connections are made again', async ({ origin, transfers }) => {
  await begin(origin, transfers)
  await expectTheRest(origin, transfers, () => transfers.button('Drop connections').click())
})

test('a server that dies and comes back is asked for the rest', async ({ origin, transfers }) => {
  await begin(origin, transfers)
  await expectTheRest(origin, transfers, () => transfers.button('Restart the server').click())
})

test('what a server refuses halfway is kept over a reload, and gone on with when asked', async ({
  origin,
  transfers,
}) => {
  await begin(origin, transfers)
  origin.find(name)?.nextResponses([{ status: 403 }])
  origin.dropAllConnections()
  await expect(transfers.state(name, 'Failed')).toBeVisible()
  await expect(transfers.row(name)).toContainText('HTTP 403')
  await transfers.page.reload()
  await expect(transfers.state(name, 'Failed')).toBeVisible()
  await expectTheRest(origin, transfers, () => transfers.button(`Go on ${name}`).click())
})

test('another file under the same address is never mixed with the first', async ({ origin, transfers }) => {
  await begin(origin, transfers)
  origin.find(name)?.change()
  origin.dropAllConnections()
  await expect(transfers.row(name)).toContainText('Started over')
  await expect(transfers.state(name, 'Finished')).toBeVisible()
  await transfers.button(`Verify ${name}`).click()
  await expect(transfers.row(name)).toContainText('SHA-256 matches')
})
