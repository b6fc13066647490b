/** A device in a fuzzed story: one disk, one engine after another on it, and the user's hand. */
import type { FakeDisk, UnflushedFate } from '../../../../testing/src/fakes/fake-disk.ts'
import type { SeededChance } from '../../../../testing/src/fakes/fixed-chance.ts'
import { ManualConnectivity } from '../../../../testing/src/fakes/manual-connectivity.ts'
import type { Integrity } from '../../../src/model/integrity.ts'
import type { ResumeData } from '../../../src/model/resume-data.ts'
import type { ErrorRecord } from '../../../src/model/url-error.ts'
import type { Platform } from '../../../src/ports/platform.ts'
import type { Transport } from '../../../src/ports/transport.ts'
import { Life } from '../support/engine-life.ts'
import { overclaims } from '../support/durable.ts'
import { fastClock } from './fast-clock.ts'

export type Outcome =
  | { readonly type: 'finished'; readonly uid: string; readonly status: number; readonly bytes: Uint8Array }
  | { readonly type: 'failed'; readonly uid: string; readonly error: ErrorRecord }

interface Parts {
  readonly url: string
  readonly integrity: Integrity | null
  readonly chance: SeededChance
  readonly disk: FakeDisk
  readonly transport: Transport
  readonly log: (line: string) => void
}

/** Real milliseconds after which silence is a hang. */
const PATIENCE = 20_000
const fates: readonly UnflushedFate[] = ['kept', 'kept', 'lost', 'zeroed', 'torn']
const settings = {
  timeout: { request: 20_000, resource: 10_000_000 },
  retry: { attempts: 8, baseDelay: 20, maximumDelay: 200 },
  transportSecurity: { allowsArbitraryLoads: true },
}
const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

export class Device {
  readonly #parts: Parts
  readonly #clock = fastClock()
  readonly #connectivity = new ManualConnectivity()
  #life: Life
  #uid = ''
  #tasks = 0
  /** Bytes were taken away behind the records' back, which then claim what is gone. */
  #evicted = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.#life = this.#boot()
  }

  async open(): Promise<void> {
    await this.#life.open()
  }

  async start(resumeData: ResumeData | null = null): Promise<void> {
    const { url, integrity } = this.#parts
    this.#log(`starts${resumeData ? ` from ${resumeData.received} bytes` : ''}`)
    const task = resumeData ? { resumeData } : { uid: `fuzzed-${++this.#tasks}`, request: { url } }
    this.#uid = await this.#life.create({ ...task, integrity })
    await this.#life.engine.resume(this.#uid)
  }

  /** A little later, or when the next bytes have come. */
  async moment(): Promise<void> {
    const { received } = this.#life.told('progress', this.#uid).at(-1) ?? { received: 0 }
    const patience = this.#parts.chance.pick([1, 10, 40, 80])
    for (let waited = 0; waited < patience; waited += 5) {
      await sleep(5)
      if ((this.#life.told('progress', this.#uid).at(-1)?.received ?? 0) > received) return
    }
  }

  async suspend(): Promise<void> {
    this.#log('suspends')
    await this.#life.engine.suspend(this.#uid)
  }

  async resume(): Promise<void> {
    this.#log('resumes')
    await this.#life.engine.resume(this.#uid)
  }

  async flush(): Promise<void> {
    // A disk that is full or failing may say so here too.
    await this.#life.engine.flush().catch(() => {})
  }

  async die(): Promise<void> {
    this.#life.platform.process.options.unflushed = this.#parts.chance.pick(fates)
    this.#log(`dies; what was not flushed is ${this.#life.platform.process.options.unflushed}`)
    this.#life.die()
    // Its timers and sockets have to go, in a test at least.
    void this.#life.engine.close().catch(() => {})
    await this.#reboot()
  }

  async close(): Promise<void> {
    this.#log('closes')
    await this.#life.engine.close()
    await this.#reboot()
  }

  async pauseWithResumeData(): Promise<void> {
    const resumeData = await this.#life.engine.cancel(this.#uid, true)
    this.#log(`cancels with ${resumeData?.received ?? 'no'} bytes`)
    await this.#life.engine.settle(this.#uid, false)
    this.#uid = ''
    if (this.#parts.chance.next() < 0.5) await this.die()
    await this.start(this.#parts.chance.next() < 0.9 ? resumeData : null)
  }

  quota(bytes: number): void {
    this.#log(`has room for ${bytes} bytes`)
    this.#parts.disk.quota = bytes
  }

  evict(): void {
    this.#log('evicts')
    this.#evicted = true
    for (const id of [...this.#parts.disk.files.keys()]) this.#parts.disk.evict(id)
  }

  async network(): Promise<void> {
    this.#log('loses its network for a moment')
    this.#connectivity.goOffline()
    await this.moment()
    this.#connectivity.goOnline()
    this.#connectivity.wake()
  }

  /** What the task comes to. */
  async outcome(): Promise<Outcome> {
    const life = this.#life
    await life.engine.resume(this.#uid)
    const told = await Promise.race([life.soon('finished', this.#uid), life.soon('failed', this.#uid), sleep(PATIENCE)])
    if (!told) throw new Error(`it hangs: ${life.story(this.#uid).slice(-12).join(', ')}`)
    if (told.type === 'failed') this.#log(`failed: ${told.error.message}`)
    if (told.type === 'failed') return { type: 'failed', uid: told.uid, error: told.error }
    this.#log(`finished with ${told.file.size} bytes and status ${told.response.status}`)
    // Bytes that the platform took away since then are told as gone, never as something else.
    const bytes = await life.bytes(told.file).catch((error: unknown) => {
      if ((error as ErrorRecord).code === 'fileDoesNotExist') return null
      throw error
    })
    if (bytes) return { type: 'finished', uid: told.uid, status: told.response.status, bytes }
    return { type: 'finished', uid: told.uid, status: 410, bytes: new TextEncoder().encode('410 evicted') }
  }

  async startAgain(outcome: Outcome): Promise<void> {
    await this.#life.engine.settle(outcome.uid, false)
    await this.start(outcome.type === 'failed' ? outcome.error.resumeData : null)
  }

  /** Everything is settled and closed; another start finds nothing to sweep, and no record of what is over. */
  async leaveClean(what: string): Promise<void> {
    await this.#life.engine.settle(this.#uid, false)
    await this.#life.engine.close()
    const { disk } = this.#parts
    const last = this.#boot()
    await last.open()
    await last.engine.close()
    const left = [...disk.records.keys()].filter((key) => /\/(task|kept|claim|quarantine)\//.test(key))
    const parked = [...disk.records.keys()].filter((key) => key.includes('/parked/')).length
    if (left.length > 0 || disk.files.size > parked)
      throw new Error(`${what}, but there is left: ${left.join(', ')}; ${[...disk.files.keys()].join(', ')}`)
  }

  async #reboot(): Promise<void> {
    const claim = this.#evicted ? null : overclaims(this.#parts.disk)
    if (claim) throw new Error(`A RECORD CLAIMS TOO MUCH: ${claim}`)
    this.#life = this.#boot()
    const { tasks } = await this.#life.open()
    if (this.#uid !== '' && !tasks.some(({ uid }) => uid === this.#uid)) await this.start()
  }

  #boot(): Life {
    const { disk, transport } = this.#parts
    const life = new Life({ disk, connectivity: this.#connectivity, settings })
    const real: Partial<Platform> = { clock: this.#clock, transport }
    Object.assign(life.platform, real)
    return life
  }

  #log(line: string): void {
    this.#parts.log(`the device ${line}`)
  }
}
