/** Everything a person does here can be done without a pointer, and the focus never falls off the page. */
import { expect, MB, test } from './stage.ts'

test('add, pause, resume, cancel and remove by keyboard alone', async ({ origin, transfers }) => {
  const { page } = transfers
  const file = origin.file('typed.bin', { size: 9 * MB, stallAfter: MB })
  const focused = page.locator(':focus')
  /** Presses Tab until `name` has the focus; a page with less than a hundred stops. */
  const tabTo = async (name: string): Promise<void> => {
    for (let stop = 0; stop < 100; stop++) {
      await page.keyboard.press('Tab')
      if ((await page.getByRole('button', { name, exact: true }).and(focused).count()) === 1) return
      if ((await page.getByLabel(name, { exact: true }).and(focused).count()) === 1) return
    }
    throw new Error(`no Tab leads to ${name}`)
  }

  await tabTo('Address of a file')
  await page.keyboard.type(file.url)
  await page.keyboard.press('Enter')
  await expect(transfers.row('typed.bin')).toContainText('1.00 MB of 9.00 MB')
  await expect(page.getByLabel('Address of a file')).toBeFocused()

  await tabTo('Pause typed.bin')
  await page.keyboard.press('Enter')
  await expect(transfers.state('typed.bin', 'Paused')).toBeVisible()
  await expect(transfers.button('Resume typed.bin')).toBeFocused()

  await page.keyboard.press('Space')
  await expect(transfers.button('Pause typed.bin')).toBeFocused()

  await tabTo('Cancel typed.bin')
  await page.keyboard.press('Enter')
  await expect(transfers.state('typed.bin', 'Cancelled')).toBeVisible()
  await expect(transfers.row('typed.bin')).toContainText('1.00 MB of 9.00 MB kept')
  await expect(transfers.row('typed.bin').locator(':focus')).toHaveCount(1)

  await page.keyboard.press('Shift+Tab')
  await tabTo('Remove typed.bin')
  await page.keyboard.press('Enter')
  await expect(transfers.row('typed.bin')).toHaveCount(0)
  await expect(page.getByRole('heading', { name: 'Downloads' })).toBeFocused()
})

test('the focus goes to the neighbour when a row goes', async ({ origin, transfers }) => {
  for (const name of ['first.bin', 'second.bin']) {
    await transfers.add(origin.file(name, { size: 1000 }).url)
    await expect(transfers.state(name, 'Finished')).toBeVisible()
  }
  await transfers.button('Delete second.bin').focus()
  await transfers.page.keyboard.press('Enter')
  await expect(transfers.row('second.bin')).toHaveCount(0)
  await expect(transfers.button('Save to disk first.bin')).toBeFocused()
})
