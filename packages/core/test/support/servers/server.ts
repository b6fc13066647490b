/** Owns: what a real server is to a test run: started when first asked for, or not there for a reason in plain words. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import type { Readable } from 'node:stream'

/** What a test learns of a server; crosses to a page as JSON. */
export interface ServerFacts {
  /** Without a slash at the end; empty when it is not there. */
  readonly url: string
  /** Why it is not there, and what would change that; null when it is. */
  readonly whyNot: string | null
  /** What it can do besides, where that differs from machine to machine. */
  readonly has: readonly string[]
}

export interface RunningServer extends ServerFacts {
  stop(): Promise<void>
}

export const notThere = (whyNot: string): RunningServer => ({ url: '', whyNot, has: [], stop: async () => {} })

/** Where a program lies; null when it is nowhere. System programs are often not on a user's path. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin']
  const found = folders.filter((folder) => folder !== '').map((folder) => join(folder, name))
  return found.find((path) => isExecutable(path)) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

type Child = ChildProcessByStdio<null, null, Readable>

/** A server in a process of its own, which dies with this one. */
export class ServerProcess {
  readonly #child: Child
  readonly #exited: Promise<unknown>
  readonly #kill = (): void => void this.#child.kill('SIGKILL')
  #said = ''
  #over = false

  constructor(program: string, words: readonly string[]) {
    this.#child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said += text))
    this.#exited = new Promise<void>((resolve) => {
      const end = (): void => {
        this.#over = true
        resolve()
      }
      this.#child.once('error', end).once('exit', end)
    })
    process.once('exit', this.#kill)
  }

  /** What it says on stderr, as far as it matches; null when it ends before it says that. */
  async says(pattern: RegExp): Promise<RegExpExecArray | null> {
    for (;;) {
      const match = pattern.exec(this.#said)
      if (match || this.#over) return match
      await Promise.race([once(this.#child.stderr, 'data'), this.#exited])
    }
  }

  /** Resolves when it takes connections; false when it ends before it does. */
  async listens(port: number): Promise<boolean> {
    while (!this.#over) {
      if (await takesConnections(port)) return true
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return false
  }

  /** The last thing it said, for a reason why it is not there. */
  get lastWords(): string {
    return this.#said.trim().split('\n').at(-1)?.slice(0, 200) ?? ''
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    process.off('exit', this.#kill)
    if (!this.#over) this.#child.kill(signal)
    await this.#exited
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

/** A port nobody listens on, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
