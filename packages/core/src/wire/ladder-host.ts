/**
 * The session's engine, kept alive: started on first use in the best place there is, said hello to, and
 * started again when it dies. Nothing is lost on the way: what was stored is recovered by the new engine,
 * and the session introduces the rest again.
 */
import { describeCause, URLError } from '../model/url-error.ts'
import type { CommandArguments, CommandName, CommandValue, Hello, Welcome } from './commands.ts'
import type { Connection, Rung } from './connection.ts'
import type { EventBatch } from './events.ts'
import type { EngineHost, HostListener } from './host.ts'
import { valueOf } from './result.ts'

/** An engine that dies this often in this many milliseconds is given up. */
const LOSSES_BORNE = 5
const LOSSES_WINDOW = 60_000

interface Live {
  readonly connection: Connection
  readonly welcome: Welcome
  /** Rejects when the engine dies. */
  readonly death: Promise<never>
}

export class LadderHost implements EngineHost {
  readonly #hello: Hello
  readonly #listener: HostListener
  readonly #rungs: readonly Rung[]
  #live: Promise<Live> | null = null
  /** The rung that worked: an engine that died is started where it ran. */
  #best = 0
  #failures: string[] = []
  #losses: number[] = []
  #closed = false

  constructor(hello: Hello, listener: HostListener, rungs: readonly Rung[]) {
    this.#hello = hello
    this.#listener = listener
    this.#rungs = rungs
  }

  async open(): Promise<Welcome> {
    return (await this.#start()).welcome
  }

  async call<Name extends CommandName>(name: Name, ...args: CommandArguments<Name>): Promise<CommandValue<Name>> {
    const { connection, death } = await this.#start()
    return valueOf(await Promise.race([connection.service.call(name, ...args), death]))
  }

  async close(): Promise<void> {
    this.#closed = true
    const live = await this.#live?.catch(() => null)
    if (!live) return
    this.#live = null
    await Promise.race([live.connection.service.call('close'), live.death]).catch(() => {})
    live.connection.terminate()
  }

  #start(): Promise<Live> {
    if (this.#closed) return Promise.reject(disconnected('the session has ended', false))
    if (this.#live) return this.#live
    const live = this.#climb()
    this.#live = live
    live.catch(() => {
      if (this.#live === live) this.#live = null
    })
    return live
  }

  /** Tries the rungs from the best one on; the last one's failure is everybody's. */
  async #climb(): Promise<Live> {
    if (this.#recentLosses().length >= LOSSES_BORNE)
      throw disconnected(`the engine died ${LOSSES_BORNE} times in a minute`, false)
    for (let index = this.#best; index < this.#rungs.length; index++) {
      const rung = this.#rungs[index] as Rung
      // What the engine tells before its welcome has been understood is about tasks nobody knows yet.
      let early: EventBatch[] | null = []
      const onEvents = (batch: EventBatch): void => {
        if (early) early.push(batch)
        else this.#listener.onEvents(batch)
      }
      let connection: Connection
      try {
        connection = await rung.connect(onEvents)
      } catch (error) {
        this.#failures.push(`${rung.name}: ${describeCause(error) ?? 'failed'}`)
        continue
      }
      this.#best = index
      const release = (): void => {
        const batches = early ?? []
        early = null
        batches.forEach((batch) => this.#listener.onEvents(batch))
      }
      try {
        return await this.#greet(connection, release)
      } catch (error) {
        const died = URLError.is(error) && error.code === 'backgroundSessionWasDisconnected' && error.retryable
        if (!died) throw error
        // It died while it started: another one may not, but not for ever.
        this.#losses = [...this.#recentLosses(), Date.now()]
        return this.#climb()
      }
    }
    throw disconnected(`no engine could be started: ${this.#failures.join('; ')}`, false)
  }

  async #greet(connection: Connection, release: () => void): Promise<Live> {
    const death = connection.lost.then(() => {
      throw disconnected('the engine died', true)
    })
    death.catch(() => {})
    let welcome: Welcome
    try {
      welcome = valueOf(await Promise.race([connection.service.call('open', this.#hello), death]))
    } catch (error) {
      connection.terminate()
      throw error
    }
    void connection.lost.then(() => this.#lost(connection))
    this.#listener.onWelcome(welcome, this.#failures)
    release()
    return { connection, welcome, death }
  }

  #recentLosses(): number[] {
    return this.#losses.filter((at) => Date.now() - at < LOSSES_WINDOW)
  }

  #lost(connection: Connection): void {
    if (this.#closed) return
    connection.terminate()
    this.#live = null
    this.#losses = [...this.#recentLosses(), Date.now()]
    this.#listener.onLost()
  }
}

const disconnected = (why: string, retryable: boolean): URLError =>
  new URLError('backgroundSessionWasDisconnected', { why, retryable })
