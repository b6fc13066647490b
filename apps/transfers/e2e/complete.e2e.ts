/** From an address to a file that is what its origin says. */
import { readFile } from 'node:fs/promises'
import { firstDifference } from '../../../packages/testing/src/origin/index.ts'
import { expect, MB, test } from './stage.ts'

test('a download becomes a file with the origin’s digest, and is there after a reload', async ({
  origin,
  transfers,
}) => {
  const file = origin.file('whole.bin', { size: 5 * MB, seed: 11 })
  await transfers.add(file.url)
  await expect(transfers.state('whole.bin', 'Finished')).toBeVisible()
  await transfers.page.reload()
  await expect(transfers.state('whole.bin', 'Finished')).toBeVisible()
  await transfers.button('Verify whole.bin').click()
  await expect(transfers.row('whole.bin')).toContainText(`SHA-256 matches the origin’s: ${(await file.sha256()).hex}`)
})

test('a finished file is saved to disk, byte for byte, and deleted', async ({ origin, transfers }) => {
  const disposition = 'attachment; filename="name of the server.bin"'
  const { url } = origin.file('saved.bin', { size: 300_000, seed: 14, disposition })
  await transfers.add(url)
  const saving = transfers.page.waitForEvent('download')
  await transfers.button('Save to disk name of the server.bin').click()
  const saved = await saving
  expect(saved.suggestedFilename()).toBe('name of the server.bin')
  expect(firstDifference(14, 0, await readFile(await saved.path()))).toBe(-1)
  await transfers.button('Delete name of the server.bin').click()
  await expect(transfers.row('name of the server.bin')).toHaveCount(0)
  await transfers.page.reload()
  await expect(transfers.page.getByText('Nothing here yet')).toBeVisible()
})

test('a sample whose digest is known is checked while it arrives', async ({ origin, transfers }) => {
  origin.file('sealed.tar', { size: 5 * MB, seed: 12 })
  await transfers.button('Download sealed.tar').click()
  await expect(transfers.row('sealed.tar')).toContainText('integrity checked')
})

test('a flipped byte is refused, and leaves no file', async ({ origin, transfers }) => {
  origin.file('tampered.tar', { size: 5 * MB, seed: 13, corruptAt: 2 * MB })
  await transfers.button('Download tampered.tar').click()
  await expect(transfers.state('tampered.tar', 'Failed')).toBeVisible()
  await expect(transfers.row('tampered.tar')).toContainText('fileIntegrityMismatch')
})

test('an error page is no file', async ({ origin, transfers }) => {
  const { url } = origin.file('gone.bin', { size: 10, status: 404 })
  await transfers.add(url)
  await expect(transfers.state('gone.bin', 'Failed')).toBeVisible()
  await expect(transfers.row('gone.bin')).toContainText('The server answered 404 Not Found')
})

test('what is wrong with an address is said at the form', async ({ transfers }) => {
  await transfers.add('example.com/file.zip')
  await expect(transfers.page.getByRole('alert')).toContainText('no whole address')
  await transfers.add('http://example.com/file.zip')
  await expect(transfers.page.getByRole('alert')).toContainText('is not https')
  await expect(transfers.page.getByLabel('Address of a file')).toBeFocused()
})
