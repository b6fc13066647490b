/** An engine on fakes, for one life of it: what it is told, what it tells, and the disk it leaves behind. */
import { FakeClock } from '../../../../testing/src/fakes/fake-clock.ts'
import type { FakeDisk } from '../../../../testing/src/fakes/fake-disk.ts'
import { fakePlatform, type FakePlatform, type FakePlatformParts } from '../../../../testing/src/fakes/fake-platform.ts'
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { protocolTransport } from '../../../src/loading/protocols/protocol-transport.ts'
import { nextHop } from '../../../src/loading/redirects.ts'
import { SessionConfiguration, type ConfigurationOptions, type SessionKind } from '../../../src/model/configuration.ts'
import { normalizeRequest, storableRequest, type URLRequest } from '../../../src/model/request.ts'
import type { DownloadResumeData, ResumeData } from '../../../src/model/resume-data.ts'
import { nextGeneration } from '../../../src/model/uid.ts'
import { URLError } from '../../../src/model/url-error.ts'
import type { URLProtocol } from '../../../src/model/url-protocol.ts'
import { Engine } from '../../../src/transfers/engine.ts'
import {
  WIRE_VERSION,
  type FileReference,
  type Hello,
  type NewDownload,
  type Welcome,
} from '../../../src/wire/commands.ts'
import type { EngineEvent } from '../../../src/wire/events.ts'
import { uploads } from '../../support/uploads.ts'

export const url = 'https://host.test/files/model.bin'

/** A clock that a server can move: time that passes while bytes come. Its timers wait for `advance` as ever. */
export class TickingClock extends FakeClock {
  #ahead = 0

  tick(milliseconds: number): void {
    this.#ahead += milliseconds
  }

  override now(): number {
    return super.now() + this.#ahead
  }
}

export interface LifeOptions extends FakePlatformParts {
  kind?: SessionKind
  owner?: string
  namespace?: string
  settings?: ConfigurationOptions
  /** Asked before the transport. */
  protocols?: readonly URLProtocol[]
}

type Told<Type extends EngineEvent['type']> = Extract<EngineEvent, { type: Type }>
type Task = Partial<Omit<NewDownload, 'request' | 'resumeData'>> & {
  request?: URLRequest
  resumeData?: ResumeData | null
}

let lives = 0

export class Life {
  readonly platform: FakePlatform
  readonly engine: Engine
  readonly hello: Hello
  readonly events: EngineEvent[] = []
  readonly #wakers = new Set<() => void>()
  #tasks = 0
  readonly #number = ++lives

  constructor({ kind = 'background', owner, namespace, settings = {}, protocols = [], ...parts }: LifeOptions = {}) {
    this.platform = fakePlatform(parts)
    this.hello = {
      wire: WIRE_VERSION,
      kind,
      namespace: namespace ?? (kind === 'background' ? 'background.test' : 'default'),
      asks: [],
      owner: owner ?? `owner-${this.#number}`,
      settings: (kind === 'background'
        ? SessionConfiguration.background('test', settings)
        : SessionConfiguration[kind](settings)
      ).settings,
    }
    this.engine = new Engine(
      async () => ({ ...this.platform, transport: protocolTransport(protocols, this.platform.transport) }),
      ({ events }) => {
        this.events.push(...events)
        for (const wake of [...this.#wakers]) wake()
      },
      async () => uploads,
      nextHop,
    )
  }

  /** A life whose engine is open. */
  static async begin(options: LifeOptions = {}): Promise<Life> {
    const life = new Life(options)
    await life.open()
    return life
  }

  get disk(): FakeDisk {
    return this.platform.disk
  }

  open(): Promise<Welcome> {
    return this.engine.open(this.hello)
  }

  /** Creates a task, suspended; its uid. */
  async create({ request, resumeData = null, ...task }: Task = {}): Promise<string> {
    const number = ++this.#tasks
    const uid = task.uid ?? (resumeData ? nextGeneration(resumeData.token) : `life${this.#number}-task${number}`)
    await this.engine.create({
      kind: 'download',
      identifier: number,
      key: null,
      metadata: null,
      description: '',
      priority: 0.5,
      beginAt: null,
      integrity: null,
      connections: 1,
      maximumSize: null,
      destination: null,
      asks: [],
      adopted: false,
      ...task,
      uid,
      request: storableRequest(normalizeRequest(request ?? { url: resumeData?.url ?? url }, () => null, 'any')),
      resumeData: resumeData as DownloadResumeData | null,
    })
    return uid
  }

  /** Creates a task and lets it go. */
  async start(task: Task = {}): Promise<string> {
    const uid = await this.create(task)
    await this.engine.resume(uid)
    await settle()
    return uid
  }

  /** All events of a task in short: types, with what matters of them. Progress is left out. */
  story(uid: string): string[] {
    return this.events.filter((event) => 'uid' in event && event.uid === uid && event.type !== 'progress').map(shortly)
  }

  told<Type extends EngineEvent['type']>(type: Type, uid?: string): Told<Type>[] {
    return this.events.filter(
      (event): event is Told<Type> =>
        event.type === type && (uid === undefined || ('uid' in event && event.uid === uid)),
    )
  }

  /** The next event of a kind, time passing until it comes. */
  async until<Type extends EngineEvent['type']>(type: Type, uid?: string): Promise<Told<Type>> {
    return this.platform.clock.until(this.soon(type, uid))
  }

  /** The same, in time that the test moves. */
  soon<Type extends EngineEvent['type']>(type: Type, uid?: string): Promise<Told<Type>> {
    return new Promise((resolve) => {
      const look = (): void => {
        const [found] = this.told(type, uid)
        if (!found) return
        this.#wakers.delete(look)
        resolve(found)
      }
      this.#wakers.add(look)
      look()
    })
  }

  /** The file, once the transfer is finished. */
  async finished(uid: string): Promise<FileReference> {
    const { clock } = this.platform
    const failure = this.soon('failed', uid).then(({ error }): never => {
      throw URLError.fromRecord(error)
    })
    failure.catch(() => {})
    return (await clock.until(Promise.race([this.soon('finished', uid), failure]))).file
  }

  /** What the transfer failed with. */
  async failed(uid: string): Promise<URLError> {
    return URLError.fromRecord((await this.until('failed', uid)).error)
  }

  async bytes(file: FileReference): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await (await this.engine.blob(file)).arrayBuffer())
  }

  /** Resume data of a task that is cancelled now. */
  async cancelled(uid: string): Promise<ResumeData | null> {
    return this.platform.clock.until(this.engine.cancel(uid, true))
  }

  /** The process dies, here and now. */
  die(): void {
    this.platform.process.die()
  }

  /** A stored record, by shelf and uid. */
  record(shelf: 'task' | 'parked' | 'kept' | 'claim' | 'quarantine', uid: string): Record<string, unknown> | undefined {
    return this.disk.records.get(`${this.hello.namespace}/${shelf}/${uid}`) as Record<string, unknown> | undefined
  }

  /** All keys on the disk but the session's own counter. */
  get keys(): string[] {
    return [...this.disk.records.keys()].filter((key) => !key.endsWith('/session')).toSorted()
  }

  get files(): string[] {
    return [...this.disk.files.keys()].toSorted()
  }
}

function shortly(event: EngineEvent): string {
  switch (event.type) {
    case 'waiting':
      return `waiting for ${event.for ?? 'nothing'}`
    case 'response':
      return `response ${event.response.status}`
    case 'resumed-at':
      return `resumed at ${event.offset}`
    case 'warning':
      return `warning ${event.warning.code}`
    case 'failed':
      return `failed ${event.error.code}`
    default:
      return event.type
  }
}
