/** Files go up: picked, reloaded in the middle, paused, the worker killed; what the server has in the end is the file. */
import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startUploadServers, type UploadServers } from '../server/upload-servers.ts'
import { expect, MB, test as base, type Transfers } from './stage.ts'

const name = 'holiday.mov'

const test = base.extend<{ servers: UploadServers }>({
  servers: async ({ context, origin }, use) => {
    const servers = await startUploadServers({ plain: 0, tus: 0, resumable: 0 })
    const json = { url: origin.url, uploads: servers.endpoints }
    await context.route('**/demo-origin.json', (route) => route.fulfill({ json }))
    await use(servers)
    await servers.stop()
  },
  // Opened after the servers are known.
  transfers: async ({ servers, transfers }, use) => {
    void servers
    await transfers.page.reload()
    await use(transfers)
  },
})

type Protocol = keyof UploadServers['endpoints']

async function pick(transfers: Transfers, protocol: Protocol, speed: string, buffer: Buffer): Promise<void> {
  await transfers.page.getByLabel('Protocol').selectOption(protocol)
  await transfers.page.locator('#upload-speed').selectOption(speed)
  await transfers.page.getByLabel('Drop files here').setInputFiles({ name, mimeType: 'video/quicktime', buffer })
}

async function received(servers: UploadServers, protocol: Protocol): Promise<Buffer> {
  if (protocol === 'resumable') return [...servers.resumable.uploads.values()].at(-1)?.bytes ?? Buffer.alloc(0)
  const [file] = (await readdir(servers.directory)).filter((one) => !one.endsWith('.json'))
  return file === undefined ? Buffer.alloc(0) : readFile(join(servers.directory, file))
}

/** Begins a slow upload; resolves when the server has a part of it. */
async function begin(transfers: Transfers, servers: UploadServers, protocol: Protocol): Promise<Buffer> {
  const file = randomBytes(6 * MB)
  await pick(transfers, protocol, '500000', file)
  await expect.poll(async () => (await received(servers, protocol)).length).toBeGreaterThan(MB)
  return file
}

for (const protocol of ['tus', 'resumable'] as const) {
  test(`an upload by ${protocol} goes on after a reload, and arrives whole`, async ({ servers, transfers }) => {
    const file = await begin(transfers, servers, protocol)
    await transfers.page.reload()
    await expect(transfers.state(name, 'Uploading')).toBeVisible()
    await expect(transfers.state(name, 'Uploaded')).toBeVisible()
    expect((await received(servers, protocol)).equals(file)).toBe(true)
    // It went on, and did not begin another.
    if (protocol === 'resumable') expect(servers.resumable.uploads.size).toBe(1)
    else expect((await readdir(servers.directory)).filter((one) => !one.endsWith('.json'))).toHaveLength(1)
  })
}

test('an upload is paused, resumed, and goes on after its worker was killed', async ({ servers, transfers }) => {
  const file = await begin(transfers, servers, 'resumable')
  await transfers.button(`Pause ${name}`).click()
  await expect(transfers.state(name, 'Paused')).toBeVisible()
  await transfers.button(`Resume ${name}`).click()
  await expect(transfers.state(name, 'Uploading')).toBeVisible()
  await transfers.button('Kill the worker').click()
  await expect(transfers.state(name, 'Uploaded')).toBeVisible()
  expect((await received(servers, 'resumable')).equals(file)).toBe(true)
  expect(servers.resumable.violations).toEqual([])
})

test('a plain upload arrives in one request, and its row can be removed', async ({ servers, transfers }) => {
  const file = randomBytes(MB)
  await pick(transfers, 'plain', '', file)
  await expect(transfers.state(name, 'Uploaded')).toBeVisible()
  expect((await received(servers, 'plain')).equals(file)).toBe(true)
  await transfers.button(`Remove ${name}`).click()
  await expect(transfers.row(name)).toHaveCount(0)
})

test('a cancelled upload says so', async ({ servers, transfers }) => {
  await begin(transfers, servers, 'tus')
  await transfers.button(`Cancel ${name}`).click()
  await expect(transfers.state(name, 'Cancelled')).toBeVisible()
})

test('what is dropped is sent', async ({ servers, transfers }) => {
  await transfers.page.getByLabel('Protocol').selectOption('tus')
  const dropped = await transfers.page.evaluateHandle((called) => {
    const data = new DataTransfer()
    data.items.add(new File(['dropped'], called))
    return data
  }, name)
  await transfers.page.locator('#upload-drop').dispatchEvent('drop', { dataTransfer: dropped })
  await expect(transfers.state(name, 'Uploaded')).toBeVisible()
  expect((await received(servers, 'tus')).toString()).toBe('dropped')
})
