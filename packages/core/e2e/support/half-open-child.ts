/**
 * Run by `half-open.e2e.ts` in a network of its own (`unshare -rn`), so that its loopback can be taken away: from then on every packet is
 * lost, and both ends of a connection believe that it is open. Prints what a WebSocket task made of it.
 * `half-open-child.ts node | chromium <folder of an app>`
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright'
import { URLSession, type WebSocketTask } from 'urlsession'
import { WebSocketServer } from 'ws'
import { findBrowser } from '../../../../scripts/find-browser.ts'
import { startOrigin } from '../../../testing/src/origin/index.ts'

export interface HalfOpen {
  readonly code: string
  readonly message: string
  /** Connections that the server still takes for open. */
  readonly open: number
}

type Ended = Pick<HalfOpen, 'code' | 'message'>

/** In milliseconds. */
const beat = { interval: 200, timeout: 500 }

const loopback = (state: 'up' | 'down'): void => void execFileSync('ip', ['link', 'set', 'lo', state])

async function inNode(url: string): Promise<Ended> {
  const task = new URLSession().webSocketTask(url, { heartbeat: beat }).resume()
  await task.send('hello')
  await task.receive()
  loopback('down')
  await task.finished.catch(() => {})
  return { code: task.error?.code ?? '', message: task.error?.message ?? '' }
}

async function inChromium(url: string, folder: string): Promise<Ended> {
  const origin = await startOrigin({ staticDirs: { '/app/': folder } })
  const { executablePath, args } = findBrowser() ?? {}
  const profile = mkdtempSync(join(tmpdir(), 'half-open-'))
  // Driven by a pipe, which stays.
  const context = await chromium.launchPersistentContext(profile, {
    ...(executablePath !== undefined && { executablePath }),
    ...(args && { args }),
  })
  try {
    const page = await context.newPage()
    await page.goto(`${origin.url}/app/`)
    await page.waitForFunction(() => 'urlsession' in globalThis)
    const heartbeat = { ...beat, send: 'there?', expect: 'there?' }
    const task = await page.evaluateHandle(
      async ({ to, heartbeat: rules }) => {
        const one: WebSocketTask = new globalThis.urlsession.URLSession().webSocketTask(to, { heartbeat: rules })
        await one.resume().send('hello')
        await one.receive()
        return one
      },
      { to: url, heartbeat },
    )
    loopback('down')
    return await task.evaluate(async (one) => {
      await one.finished.catch(() => {})
      return { code: one.error?.code ?? '', message: one.error?.message ?? '' }
    })
  } finally {
    await context.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 })
  }
}

loopback('up')
const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
server.on('connection', (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })))
await new Promise((resolve) => server.on('listening', resolve))
const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
const [where, folder = ''] = process.argv.slice(2)
const ended = where === 'node' ? await inNode(url) : await inChromium(url, folder)
const open = [...server.clients].filter(({ readyState, OPEN }) => readyState === OPEN).length
process.stdout.write(JSON.stringify({ ...ended, open } satisfies HalfOpen), () => process.exit())
