/** Owns: another process with a session in it, which can be told what to do, listened to, and killed. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import type { Answer, Commands, Happening, OpenOptions } from './life-protocol.ts'

type Calls = { readonly [Name in keyof Commands]: Commands[Name] }

/** A command of the child's that failed, by its code. */
export class CommandFailed extends Error {
  readonly code: string

  constructor(code: string) {
    super(`the child's command failed with ${code}`)
    this.code = code
  }
}

export class Life {
  readonly happenings: Happening[] = []
  /** What the child can be told to do. */
  readonly do: Calls
  readonly #child: ChildProcess
  readonly #exit: Promise<[code: number | null, signal: NodeJS.Signals | null]>
  readonly #answers = new Map<number, (answer: Answer) => void>()
  readonly #watchers = new Set<() => void>()
  #calls = 0
  #errors = ''

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#errors += text))
    child.on('message', (message) => this.#hear(message as Happening | Answer))
    const names: (keyof Commands)[] = [
      'open',
      'download',
      'upload',
      'tasks',
      'uploads',
      'cancel',
      'files',
      'flush',
      'close',
    ]
    this.do = Object.fromEntries(
      names.map((name) => [name, (...given: unknown[]) => this.#call(name, given)]),
    ) as unknown as Calls
  }

  /** A process with a session. */
  static async start(options: Partial<OpenOptions> & { directory: string }): Promise<Life> {
    const child = fork(new URL('./life-child.ts', import.meta.url), [], {
      execArgv: ['--conditions=urlsession-source'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // As structured clones: JSON has no dates.
      serialization: 'advanced',
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const life = new Life(child)
    await life.when('ready')
    await life.do.open({ identifier: null, options: {}, delegate: 'none', ...options })
    return life
  }

  /** The first happening of that name, past or to come, that holds. */
  when(what: string, holds: (happening: Happening) => boolean = () => true): Promise<Happening> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.happenings.find((one) => one.what === what && holds(one))
        if (!found) return
        this.#watchers.delete(look)
        resolve(found)
      }
      this.#watchers.add(look)
      look()
      void this.#exit.then(([code, signal]) =>
        reject(new Error(`it ended (${code ?? signal}) before ${what}: ${this.#errors}`)),
      )
    })
  }

  of(what: string): Happening[] {
    return this.happenings.filter((one) => one.what === what)
  }

  /** SIGKILL: the process has no say in it, and no time. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exit
  }

  /** Says nothing more to it and answers with its exit code, once it ends by itself. */
  async letGo(): Promise<number | null> {
    this.#child.disconnect()
    const [code] = await this.#exit
    if (this.#errors !== '') throw new Error(this.#errors)
    return code
  }

  /** Ends the session and the process in good order, its downloads unfinished. */
  async leave(): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.#exit
  }

  #hear(message: Happening | Answer): void {
    if ('id' in message) {
      this.#answers.get(message.id)?.(message)
      this.#answers.delete(message.id)
      return
    }
    this.happenings.push(message)
    for (const look of [...this.#watchers]) look()
  }

  #call(call: string, given: unknown[]): Promise<unknown> {
    const id = ++this.#calls
    return new Promise((resolve, reject) => {
      this.#answers.set(id, ({ value, code }) =>
        code === undefined ? resolve(value) : reject(new CommandFailed(code)),
      )
      this.#child.send({ id, call, given })
    })
  }
}
