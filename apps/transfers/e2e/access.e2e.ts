/** What assistive technology, small screens and a strict policy find: names, roles, order, width, motion. */
import { expect, MB, test } from './stage.ts'

test('every control has a name, every bar a value in words, every id one owner', async ({ origin, transfers }) => {
  const { page } = transfers
  await transfers.add(origin.file('half.bin', { size: 2 * MB, stallAfter: MB }).url)
  await expect(transfers.row('half.bin')).toContainText('1.00 MB of 2.00 MB')
  await expect(page.getByRole('heading', { name: 'Files to try' })).toBeVisible()

  const bar = page.getByRole('progressbar', { name: 'Progress of half.bin' })
  await expect(bar).toHaveAttribute('aria-valuetext', '50 %, 1.00 MB of 2.00 MB')
  for (const role of ['button', 'textbox', 'combobox', 'spinbutton'] as const) {
    const named = page.getByRole(role, { name: /\S/ })
    await expect(page.getByRole(role)).toHaveCount(await named.count())
  }
  expect(await page.locator('[id]').evaluateAll((all) => all.length - new Set(all.map(({ id }) => id)).size)).toBe(0)
  expect(await page.locator('html').getAttribute('lang')).toBe('en')
})

test('headings and landmarks outline the page', async ({ transfers }) => {
  const { page } = transfers
  await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1)
  for (const landmark of ['banner', 'main', 'complementary'] as const)
    await expect(page.getByRole(landmark)).toHaveCount(1)
  for (const name of [
    'Add a download',
    'Downloads and uploads',
    'Throughput',
    'Trouble on this side',
    'Under the hood',
  ])
    await expect(page.getByRole('region', { name, exact: true })).toBeVisible()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to the downloads' })).toBeFocused()
})

test('a change of state is said once, and progress is not', async ({ origin, transfers }) => {
  const { page } = transfers
  await page.evaluate(() => {
    const said: string[] = []
    const region = document.getElementById('announcer') as HTMLElement
    new MutationObserver(() => said.push(region.textContent)).observe(region, {
      childList: true,
      characterData: true,
      subtree: true,
    })
    Object.assign(window, { said })
  })
  await transfers.add(origin.file('quiet.bin', { size: 12 * MB, bytesPerSecond: 4 * MB }).url)
  await expect(page.locator('#announcer')).toHaveText('quiet.bin: Finished')
  const said = await page.evaluate(() => (window as unknown as { said: string[] }).said)
  expect(said).toEqual(['quiet.bin: Downloading', 'quiet.bin: Finished'])
})

test('nothing is wider than a small phone', async ({ origin, transfers }) => {
  const { page } = transfers
  await page.setViewportSize({ width: 360, height: 740 })
  const name = `${'a-very-long-name-without-a-place-to-break'.repeat(4)}.bin`
  await transfers.add(origin.file(name, { size: 1000 }).url)
  await expect(transfers.state(name, 'Finished')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Files to try' })).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
})

test('nothing moves for those who asked for no motion', async ({ origin, transfers }) => {
  const { page } = transfers
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await transfers.add(origin.file('endless.bin', { size: 8 * MB, framing: 'chunked', stallAfter: MB }).url)
  await expect(transfers.row('endless.bin')).toContainText('1.00 MB')
  await expect(page.getByRole('progressbar')).not.toHaveAttribute('value')
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
})

test('thirty rows leave the page quick: what waits does not move, and its names are short', async ({
  origin,
  transfers,
}) => {
  const { page } = transfers
  await page.setViewportSize({ width: 360, height: 740 })
  const long = 'long-name-'.repeat(40)
  for (let at = 0; at < 30; at++)
    await transfers.add(origin.file(`${at}-${long}.bin`, { size: 8 * MB, beforeHead: 'stall' }).url)
  await expect(page.getByRole('progressbar')).toHaveCount(30)
  await expect(page.getByText('Connecting', { exact: true })).not.toHaveCount(0)
  const connecting = await page.getByText('Connecting', { exact: true }).count()
  expect(connecting).toBeGreaterThan(0)
  await expect(page.getByText('Waiting for its turn', { exact: true })).toHaveCount(30 - connecting)
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(connecting)
  const heights = await page.getByRole('heading', { level: 3 }).evaluateAll((all) => all.map((one) => one.clientHeight))
  expect(Math.max(...heights)).toBeLessThan(80)
  await transfers.button('Pause all').click()
  await expect(page.getByText('Paused', { exact: true })).toHaveCount(30)
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
})

test('the page lives under a strict policy and never asks for more', async ({ origin, transfers }) => {
  const { page } = transfers
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  const response = await page.reload()
  expect(response?.headers()['content-security-policy']).toContain("default-src 'none'")
  origin.file('sealed.tar', { size: MB })
  await transfers.button('Download sealed.tar').click()
  await transfers.button('Verify sealed.tar').click()
  await expect(transfers.row('sealed.tar')).toContainText('SHA-256 matches')
  expect(complaints).toEqual([])
})
