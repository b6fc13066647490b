/** A WebSocket whose packets are lost, every one and for good, while both ends take it for open: what a heartbeat is for. */
import { execFile, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { appPage } from '../support/app.ts'
import { builtApp } from '../support/built-app.ts'
import type { HalfOpen } from '../support/half-open-child.ts'
import { expect, test } from '../support/stage.ts'

const child = join(import.meta.dirname, '../support/half-open-child.ts')

/** A network of one's own needs Linux, and that users may have name spaces. */
const mayHave = spawnSync('unshare', ['-rn', 'ip', 'link', 'set', 'lo', 'up']).status === 0

async function halfOpen(...args: string[]): Promise<HalfOpen> {
  const { stdout } = await promisify(execFile)('unshare', ['-rn', process.execPath, child, ...args])
  return JSON.parse(stdout) as HalfOpen
}

const noticed = { code: 'networkConnectionLost', message: expect.stringContaining('no answer to a heartbeat'), open: 1 }

test.describe('a connection that is open, and leads nowhere, is noticed', () => {
  test.skip(!mayHave, 'no network of its own can be had here (Linux: unshare -rn)')

  test('in Node, by ping frames', async () => {
    expect(await halfOpen('node')).toEqual(noticed)
  })

  test('in Chromium, by a message', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'half-open-app-'))
    try {
      cpSync(await builtApp(), folder, { recursive: true })
      writeFileSync(join(folder, 'index.html'), appPage('<script type="module" src="app.js"></script>'))
      expect(await halfOpen('chromium', folder)).toEqual(noticed)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
