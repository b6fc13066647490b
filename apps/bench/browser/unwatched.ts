/**
 * A Chromium whose network nobody watches: Playwright is told of every request and of each WebSocket's frames, which costs a page more
 * than they do. Driven by two commands of the DevTools protocol.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ensureBrowser } from '../../../scripts/find-browser.ts'
import type { Stage } from '../support/stage.ts'

export interface Unwatched {
  /** Of the browser itself; all its processes are below it. */
  readonly pid: number
  /** Runs a function in the bench's page. It sees nothing but its argument, which is sent as JSON, as is what it gives. */
  readonly evaluate: <Given, Result>(work: (given: Given) => Result | Promise<Result>, given: Given) => Promise<Result>
  /** A command of the DevTools protocol to the page. */
  readonly send: (method: string, params?: object) => Promise<unknown>
  readonly close: () => Promise<void>
}

export async function openUnwatched({ scratch, server }: Stage): Promise<Unwatched> {
  const { executablePath, args } = ensureBrowser()
  const profile = mkdtempSync(join(scratch, 'profile-'))
  const own = ['--headless', '--no-first-run', '--remote-debugging-port=0', `--user-data-dir=${profile}`]
  const child = spawn(executablePath, [...args, ...own], { stdio: ['ignore', 'ignore', 'pipe'] })
  const { port } = new URL(await addressOf(child))
  const made = await fetch(`http://127.0.0.1:${port}/json/new?about:blank`, { method: 'PUT' })
  const { webSocketDebuggerUrl: url } = (await made.json()) as { webSocketDebuggerUrl: string }
  const { send, next } = await connect(url)
  await send('Page.enable')
  const loaded = next('Page.loadEventFired')
  await send('Page.navigate', { url: server.url })
  await loaded
  await send('Page.disable')
  return {
    pid: child.pid ?? NaN,
    send,
    async evaluate(work, given) {
      const expression = `(${String(work)})(${JSON.stringify(given)})`
      const answer = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
      const { result, exceptionDetails } = answer as { result: { value: never }; exceptionDetails?: object }
      if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails))
      return result.value
    },
    async close() {
      // Of all its processes, which write to the profile until then: they have its standard error, too.
      const gone = once(child, 'close')
      child.kill()
      await gone
      rmSync(profile, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

/** What the browser says on its way up. */
function addressOf(browser: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    browser.once('exit', () => reject(new Error('the browser ended before it could be driven')))
    if (browser.stderr)
      // Read to its end, or it would fill up.
      createInterface(browser.stderr).on('line', (line) => {
        const [, address] = /^DevTools listening on (ws:\S+)/.exec(line) ?? []
        if (address) resolve(address)
      })
  })
}

interface Answer {
  readonly id?: number
  readonly method?: string
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

async function connect(url: string) {
  const socket = new WebSocket(url)
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))
  const waiting = new Map<unknown, (answer: Answer) => void>()
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer
    waiting.get(answer.id ?? answer.method)?.(answer)
  })
  const next = (what: unknown): Promise<Answer> => new Promise((resolve) => waiting.set(what, resolve))
  let last = 0
  async function send(method: string, params: object = {}): Promise<unknown> {
    const id = ++last
    const answered = next(id)
    socket.send(JSON.stringify({ id, method, params }))
    const { result, error } = await answered
    waiting.delete(id)
    if (error) throw new Error(`${method}: ${error.message}`)
    return result
  }
  return { send, next }
}
