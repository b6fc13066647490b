/** Two tabs: one has the downloads, the other says so in plain words and takes over when it can. */
import { expect, MB, test, Transfers } from './stage.ts'

test('a second tab says where the downloads are, and takes them over when the first is gone', async ({
  origin,
  transfers,
  context,
}) => {
  origin.file('shared.bin', { size: 8 * MB, stallAfter: MB })
  await transfers.add(`${origin.url}/files/shared.bin`)
  await expect(transfers.row('shared.bin')).toContainText('1.00 MB of 8.00 MB')

  const second = new Transfers(await context.newPage())
  await second.page.goto('/')
  const explanation = second.page.getByRole('region', { name: 'Your downloads are in another tab' })
  await expect(explanation).toContainText('backgroundSessionInUseByAnotherProcess')
  await expect(explanation.getByRole('heading')).toBeFocused()
  await expect(second.page.getByLabel('Address of a file')).toBeHidden()

  await second.button('Try again').click()
  await expect(second.button('Try again')).toBeVisible()
  await expect(explanation).toBeVisible()

  origin.find('shared.bin')?.behaveWell()
  await transfers.page.close()
  await expect(explanation).toBeHidden()
  await expect(second.state('shared.bin', 'Finished')).toBeVisible()
})
