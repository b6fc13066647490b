/** The socket of the page says what it hears, comes back when its line is cut, and notices a server that fell silent. */
import { startEchoServer, type EchoServer } from '../server/echo-server.ts'
import { expect, test as base } from './stage.ts'

const test = base.extend<{ echo: EchoServer }>({
  echo: async ({ context, origin }, use) => {
    const echo = await startEchoServer(0)
    const json = { url: origin.url, echo: echo.url }
    await context.route('**/demo-origin.json', (route) => route.fulfill({ json }))
    await use(echo)
    await echo.stop()
  },
  // Opened after the server is known.
  transfers: async ({ echo, transfers }, use) => {
    void echo
    await transfers.page.reload()
    await use(transfers)
  },
})

test.beforeEach(async ({ transfers }) => {
  await transfers.button('Connect').click()
  await expect(transfers.page.locator('#talk-state')).toHaveText('Open')
})

test('says back what it is told, and is closed in good order', async ({ echo, transfers }) => {
  const { page } = transfers
  await page.getByLabel('Say something').fill('hello there')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('log').getByText('hello there')).toHaveCount(2)
  await transfers.button('Measure the way').click()
  await expect(page.getByRole('log')).toContainText(/answered after \d+ ms/)
  await transfers.button('Disconnect').click()
  await expect(page.getByRole('log')).toContainText('closed with 1000: bye')
  await expect(page.locator('#talk-state')).toHaveText('Closed')
  await expect.poll(() => echo.connections).toBe(0)
})

for (const trouble of ['Cut the line', 'Have it fall silent'])
  test(`comes back after “${trouble}”`, async ({ echo, transfers }) => {
    const { page } = transfers
    await transfers.button(trouble).click()
    await expect(page.getByRole('log')).toContainText(/open again after \d+ ms/)
    await expect(page.locator('#talk-state')).toHaveText('Open')
    await page.getByLabel('Say something').fill('still there?')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('log').getByText('still there?')).toHaveCount(2)
    await expect.poll(() => echo.connections).toBe(1)
  })
