/**
 * The transfer engine of one session: owns every transfer, its record and its bytes, and serves the
 * session's commands. It knows no platform and no thread.
 */
import { Loader, type HopRules } from '../loading/loader.ts'
import { credentialNames, isCredentialHeader, withoutCredentials } from '../model/credential-headers.ts'
import { fileOf } from '../model/uid.ts'
import { URLError } from '../model/url-error.ts'
import type { DownloadDestination } from '../model/download-options.ts'
import type { ResumeData } from '../model/resume-data.ts'
import type { Platform, PlatformFactory } from '../ports/platform.ts'
import type { Lock } from '../ports/locks.ts'
import { Ledger } from '../storage/ledger.ts'
import { MemoryShelf } from '../storage/memory-shelf.ts'
import type { CommonRecord, TransferRecord } from '../storage/records.ts'
import {
  WIRE_VERSION,
  type EngineCommands,
  type FileReference,
  type Hello,
  type KeptFile,
  type NewDownload,
  type NewUpload,
  type TaskSnapshot,
  type UploadSource,
  type Welcome,
} from '../wire/commands.ts'
import type { EventBatch } from '../wire/events.ts'
import type { Answer } from '../wire/questions.ts'
import type { Result } from '../wire/result.ts'
import { KeptFiles } from './kept-files.ts'
import { Outbox } from './outbox.ts'
import { Questions } from './questions.ts'
import { ownerLock, recover } from './recovery.ts'
import { Scheduler } from '../loading/scheduler.ts'
import { DownloadJob } from './download/download-job.ts'
import { recordDownload } from './download/record-download.ts'
import type { Job, OfThisSession } from './job.ts'
import type { RunnerTools, Transfer } from './transfer.ts'
import { TransferRunner } from './transfer-runner.ts'
import type { UploadModule } from './upload/upload-module.ts'

interface OpenEngine extends RunnerTools {
  readonly locks: readonly Lock[]
  readonly outbox: Outbox
  readonly keptFiles: KeptFiles
  readonly stopListening: () => void
}

export class Engine implements EngineCommands {
  readonly #makePlatform: PlatformFactory
  readonly #nextHop: HopRules | null
  readonly #loadUploads: () => Promise<UploadModule>
  readonly #post: (batch: EventBatch) => void
  readonly #runners = new Map<string, TransferRunner>()
  readonly #creating = new Map<string, { readonly key: string | null; readonly done: Promise<unknown> }>()
  #uploads: UploadModule | null = null
  #opening: Promise<Welcome> | null = null
  #open: OpenEngine | null = null

  /**
   * @param loadUploads Loads what only uploads need.
   * @param nextHop The rules of redirects, where the platform shows hops.
   */
  constructor(
    makePlatform: PlatformFactory,
    post: (batch: EventBatch) => void,
    loadUploads: () => Promise<UploadModule>,
    nextHop: HopRules | null = null,
  ) {
    this.#makePlatform = makePlatform
    this.#nextHop = nextHop
    this.#loadUploads = loadUploads
    this.#post = post
  }

  open(hello: Hello): Promise<Welcome> {
    if (hello.wire !== WIRE_VERSION)
      throw new URLError('backgroundSessionWasDisconnected', {
        retryable: false,
        why: `the page speaks version ${hello.wire} and the engine version ${WIRE_VERSION}`,
        hint: 'serve the worker.js of the same release',
      })
    this.#opening ??= this.#start(hello).catch((error: unknown) => {
      this.#opening = null
      throw error
    })
    return this.#opening
  }

  create(task: NewDownload | NewUpload): Promise<{ identifier: number }> {
    const existing = this.#runners.get(task.uid)
    if (existing) return Promise.resolve({ identifier: existing.record.identifier })
    // Commands for this task may come before its record is stored; they wait for it.
    const before = [...this.#creating.values()].at(-1)?.done
    const creation = this.#create(task, before).finally(() => this.#creating.delete(task.uid))
    this.#creating.set(task.uid, { key: task.key, done: creation })
    return creation
  }

  async #create(task: NewDownload | NewUpload, before: Promise<unknown> | undefined): Promise<{ identifier: number }> {
    const { ledger, hello, platform } = this.#opened
    this.#assertFreeKey(task)
    // Only a background session has earlier lives that may have given the number away.
    const identifier = hello.kind === 'background' ? await ledger.takeIdentifier(task.identifier) : task.identifier
    const { uid, key, metadata, description, priority, beginAt, request } = task
    const { headers } = request
    const common: CommonRecord = {
      v: 1,
      uid,
      identifier,
      owner: hello.owner,
      key,
      metadata,
      description,
      priority,
      beginAt,
      createdAt: platform.clock.now(),
      deadline: null,
      running: false,
      fruitless: 0,
      outcome: null,
      request: { ...request, headers: withoutCredentials(headers) },
      withheld: credentialNames(headers),
    }
    const isUpload = task.kind === 'upload'
    const record = isUpload
      ? (await this.#uploadsLoaded()).record(common, task)
      : await recordDownload(common, task, this.#opened)
    if (isUpload) await ledger.save(record)
    // Stored side by side, but queued in the order in which they were made.
    await before?.catch(() => {})
    const secrets = headers.filter(([name]) => isCredentialHeader(name))
    this.#take(
      record,
      { asks: task.asks, headers: secrets, adopted: !isUpload && task.adopted },
      isUpload ? task.source : null,
    )
    return { identifier }
  }

  async #uploadsLoaded(): Promise<UploadModule> {
    this.#uploads ??= await this.#loadUploads()
    return this.#uploads
  }

  #take(record: TransferRecord, session: OfThisSession, source: UploadSource | null): void {
    const hire = (transfer: Transfer<never>): Job =>
      record.kind === 'upload'
        ? (this.#uploads as UploadModule).job(transfer, session, source)
        : new DownloadJob(transfer, session)
    this.#runners.set(
      record.uid,
      new TransferRunner(record, hire as (transfer: Transfer<TransferRecord>) => Job, this.#opened),
    )
  }

  async resume(uid: string): Promise<void> {
    ;(await this.#runner(uid))?.dispatch({ type: 'resume' })
  }

  async suspend(uid: string): Promise<void> {
    ;(await this.#runner(uid))?.dispatch({ type: 'suspend' })
  }

  async cancel(uid: string, produceResumeData: boolean): Promise<ResumeData | null> {
    const resumeData = (await (await this.#runner(uid))?.cancel(produceResumeData)) ?? null
    // The file may have been there already, and the page not know it yet.
    return resumeData ?? (produceResumeData ? this.park(uid) : null)
  }

  async edit(uid: string, change: { priority?: number; description?: string; beginAt?: number | null }): Promise<void> {
    const runner = await this.#runner(uid)
    if (!runner) return
    Object.assign(runner.record, change)
    if (change.priority !== undefined) this.#opened.scheduler.reprioritize(uid, change.priority)
    if (change.beginAt !== undefined) runner.dispatch({ type: 'begin-date', at: change.beginAt })
    await this.#opened.ledger.save(runner.record)
  }

  async settle(uid: string, wanted: boolean): Promise<void> {
    const runner = await this.#runner(uid)
    if (!runner) return
    const { keptFiles, ledger } = this.#opened
    // A keep that was begun and not waited for counts: the record that names the file comes before this one goes.
    await keptFiles.quiet()
    const release = async (): Promise<void> => {
      // Parked bytes may be used already, by a transfer that goes on with the same file.
      const parked = (await ledger.parked(uid)) !== null || (await ledger.wasConsumed(uid))
      if (runner.record.outcome?.type === 'finished' && !parked) await keptFiles.release(fileOf(uid), wanted)
    }
    // What names the file comes before the record goes, and the record goes before the file.
    if (wanted) await release()
    runner.dispatch({ type: 'settled' })
    await ledger.settled()
    if (!wanted) await release()
  }

  async park(uid: string): Promise<ResumeData | null> {
    const { keptFiles, ledger } = this.#opened
    if ((await keptFiles.isKept(fileOf(uid))) || (await ledger.wasConsumed(uid))) return null
    return (await (await this.#runner(uid))?.park()) ?? null
  }

  async blob(file: FileReference): Promise<Blob> {
    return this.#opened.keptFiles.blob(file)
  }

  async keep(file: FileReference, key: string): Promise<void> {
    await this.#opened.keptFiles.keep(file, key)
  }

  async removeFile(file: string): Promise<void> {
    await this.#opened.keptFiles.remove(file)
  }

  async kept(): Promise<KeptFile[]> {
    return this.#opened.keptFiles.list()
  }

  async copy(file: FileReference, destination: DownloadDestination): Promise<void> {
    await this.#opened.keptFiles.copyTo(file, destination)
  }

  async tell(uid: string, message: unknown): Promise<unknown> {
    return (await this.#runner(uid))?.job.hear(message)
  }

  async answer(id: number, result: Result<Answer>): Promise<void> {
    this.#opened.questions.answer(id, result)
  }

  async nudge(event: 'online' | 'wake'): Promise<void> {
    this.#nudge(event)
  }

  async flush(): Promise<void> {
    // A task that is just being made has no record yet.
    await Promise.allSettled([...this.#creating.values()].map(({ done }) => done))
    await Promise.all([...this.#runners.values()].map((runner) => runner.checkpoint()))
    await this.#opened.ledger.settled()
    this.#opened.outbox.flush()
  }

  async close(): Promise<void> {
    const open = this.#open
    if (!open) return
    await Promise.allSettled([...this.#runners.values()].map((runner) => runner.halt()))
    open.stopListening()
    await open.keptFiles.releaseAll(open.hello.kind === 'ephemeral')
    await open.ledger.settled()
    open.outbox.flush()
    for (const lock of open.locks) await lock.release()
    this.#runners.clear()
    this.#open = null
    this.#opening = null
  }

  async #start(hello: Hello): Promise<Welcome> {
    const { namespace, settings } = hello
    const platform = await this.#makePlatform({ namespace, directory: settings.directory, settings })
    const locks = await takeLocks(platform, hello)
    try {
      const outbox = new Outbox(this.#post, platform.clock)
      const shelf = hello.kind === 'ephemeral' ? new MemoryShelf(platform.records, hello) : platform.records
      const ledger = new Ledger(shelf, hello.namespace)
      await ledger.open()
      // An ephemeral session's own records are in memory; it sweeps after others all the same.
      const recovered = await recover(platform, new Ledger(platform.records, hello.namespace), hello)
      const open: OpenEngine = {
        hello,
        platform,
        locks,
        outbox,
        ledger,
        loader: new Loader(platform.transport, hello.settings, this.#nextHop),
        scheduler: new Scheduler(hello.settings.connectionsPerHost),
        settings: hello.settings,
        keptFiles: new KeptFiles(platform, ledger, hello.owner),
        questions: new Questions((event) => outbox.push(event)),
        emit: (event) => outbox.push(event),
        onOver: (uid) => this.#runners.delete(uid),
        onReachable: (host) => this.#reachable(host),
        stopListening: platform.connectivity.subscribe((event) => this.#nudge(event)),
      }
      this.#open = open
      if (recovered.transfers.some(({ kind }) => kind === 'upload')) await this.#uploadsLoaded()
      for (const record of recovered.transfers)
        this.#take(record, { headers: [], asks: hello.asks, adopted: false }, null)
      const welcome: Welcome = {
        facts: platform.facts,
        tasks: [...this.#runners.values()].map(snapshotOf),
        unreadable: recovered.unreadable,
        nextIdentifier: Math.max(ledger.nextIdentifier, ...recovered.transfers.map((one) => one.identifier + 1)),
      }
      for (const runner of this.#runners.values()) runner.recover()
      for (const one of recovered.unreadable) {
        const error = new URLError('recordUnreadable', {
          url: one.url,
          phase: 'storage',
          why: `${one.reason}; it was put into quarantine and its bytes were left alone`,
        })
        const now = platform.clock.now()
        const metrics = { start: now, end: now, redirectCount: 0, transactions: [] }
        open.emit({ type: 'failed', uid: one.uid, error: error.toRecord(), metrics })
      }
      open.emit({ type: 'caught-up' })
      return welcome
    } catch (error) {
      if (this.#open) await this.close()
      else for (const lock of locks) await lock.release()
      throw error
    }
  }

  get #opened(): OpenEngine {
    if (!this.#open) throw new URLError('backgroundSessionWasDisconnected', { why: 'the engine is not open' })
    return this.#open
  }

  /** A host answered one transfer: the others that wait for it need not sit out their delays. */
  #reachable(host: string): void {
    for (const runner of this.#runners.values())
      if (runner.host === host && runner.waitsForNetwork) runner.dispatch({ type: 'online' })
  }

  #nudge(event: 'online' | 'offline' | 'wake'): void {
    if (event === 'offline') return
    for (const runner of this.#runners.values()) runner.dispatch({ type: event })
  }

  /** The runner of a task, once it has been created; undefined for one that is not known. */
  async #runner(uid: string): Promise<TransferRunner | undefined> {
    await this.#creating.get(uid)?.done.catch(() => {})
    return this.#runners.get(uid)
  }

  #assertFreeKey({ uid, key, request }: NewDownload | NewUpload): void {
    const live = [...this.#runners.values()].filter(({ record }) => !record.outcome).map(({ record }) => record.key)
    const coming = [...this.#creating].filter(([other]) => other !== uid).map(([, one]) => one.key)
    if (key !== null && [...live, ...coming].includes(key))
      throw new URLError('duplicateKey', { url: request.url, phase: 'setup', why: `the key is "${key}"` })
  }
}

async function takeLocks(platform: Platform, hello: Hello): Promise<Lock[]> {
  const locks: Lock[] = []
  if (hello.kind === 'background') {
    const lock = await platform.locks.acquire(`urlsession:${hello.namespace}`)
    if (!lock)
      throw new URLError('backgroundSessionInUseByAnotherProcess', { why: `the session is ${hello.namespace}` })
    locks.push(lock)
  }
  const owner = await platform.locks.acquire(ownerLock(hello.owner))
  if (owner) locks.push(owner)
  return locks
}

function snapshotOf({ record, job }: TransferRunner): TaskSnapshot {
  const { uid, kind, identifier, key, metadata, description, priority, beginAt, request, running } = record
  return { uid, kind, identifier, key, metadata, description, priority, beginAt, request, running, ...job.state }
}
