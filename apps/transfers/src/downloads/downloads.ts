/** The session and everything it knows, as one list of downloads and uploads with the things a person can do to them. */
import { SessionConfiguration, URLError, URLSession } from 'urlsession'
import type { DownloadedFile, DownloadTask, Json, UploadTask } from 'urlsession'
import { inOrder, lostEngine, nameFromURL, newKey, urlOfKey } from './download.ts'
import type { Done, Download, Live, Stopped } from './download.ts'
import { uploadMetadata, uploadNameOf } from './upload.ts'
import type { Sending, Sent, UploadProtocolName } from './upload.ts'
import { createWorker } from './engine-worker.ts'
import { readStopped, writeStopped } from './stopped-store.ts'

/** Milliseconds of silence after which a connection is given up: short, so that a stall can be watched to its end. */
const PATIENCE = 15_000

export class Downloads {
  readonly session: URLSession
  readonly #items = new Map<string, Download>()
  readonly #listeners = new Set<(key: string) => void>()

  constructor() {
    const configuration = SessionConfiguration.background('transfers', {
      timeout: { request: PATIENCE },
      engine: { createWorker },
    })
    this.session = new URLSession(configuration, {
      didFinishDownloading: (task, file) => keepGood(task, file),
      didComplete: (task, error) => {
        if (task.kind === 'download') this.#completed(task, error)
        if (task.kind === 'upload') this.#sent(task, error)
      },
    })
  }

  /**
   * Finds what earlier pages left: files, stopped downloads, and tasks, which are already going on.
   * @throws {URLError} `backgroundSessionInUseByAnotherProcess` while another tab has the session.
   */
  async open(): Promise<void> {
    const tasks = await this.session.tasks()
    for (const file of await this.session.files.list()) this.#done(file.key, urlOfKey(file.key), file)
    for (const stopped of readStopped()) if (!this.#items.has(stopped.key)) this.#put(stopped)
    for (const task of tasks) {
      if (task.state === 'completed') continue
      if (task.kind === 'download') this.#live(task)
      if (task.kind === 'upload') this.#sending(task)
    }
  }

  /** The newest first. */
  all(): Download[] {
    return [...this.#items.values()].sort(inOrder)
  }

  get(key: string): Download | null {
    return this.#items.get(key) ?? null
  }

  /** What has a task, downloads and uploads. */
  live(): (Live | Sending)[] {
    return this.all().filter((one) => one.kind === 'live' || one.kind === 'sending')
  }

  /** Bytes that are there, of all of them. */
  get stored(): number {
    return this.all().reduce((sum, one) => sum + storedOf(one), 0)
  }

  /** Calls `listener` with the key of a download that came, changed or went. */
  onChange(listener: (key: string) => void): void {
    this.#listeners.add(listener)
  }

  /** @throws {URLError | TypeError} that says what is wrong with the address or the digest. */
  add(url: string, integrity: string | null = null): void {
    this.#start(url, newKey(url), integrity)
  }

  /**
   * Sends a file to an upload server.
   * @throws {URLError | TypeError} that says what is wrong.
   */
  upload(url: string, file: File | FileSystemFileHandle, { protocol, bytesPerSecond }: UploadWishes): void {
    const task = this.session.uploadTask({ url, method: protocol === 'plain' ? 'PUT' : 'POST' }, file, {
      key: newKey(url),
      metadata: uploadMetadata(file.name),
      protocol,
      ...(bytesPerSecond === null ? {} : { bytesPerSecond }),
    })
    this.#sending(task)
    task.resume()
  }

  /** Removes the row of an upload that is over. */
  clear({ key }: Sent): void {
    this.#drop(key)
  }

  /** From the bytes that are there if they can be used, else from zero. */
  goOn({ key, url, integrity, resumeData }: Stopped): void {
    try {
      this.#start(resumeData ?? url, key, integrity)
    } catch (error) {
      if (!URLError.is(error) || error.code !== 'badResumeData') throw error
      this.#start(url, key, integrity)
    }
  }

  pauseAll(): void {
    for (const { task } of this.live()) if (task.state === 'running') task.suspend()
  }

  resumeAll(): void {
    for (const { task } of this.live()) task.resume()
  }

  /** Removes a stopped download's row and the bytes that were kept for it. */
  forget({ key, resumeData }: Stopped): void {
    this.#drop(key)
    if (!resumeData) return
    // Parked bytes go with the task that takes them up; one that begins tomorrow asks the server for nothing.
    const tomorrow = new Date(Date.now() + 86_400_000)
    this.session.downloadTask(resumeData, { earliestBeginDate: tomorrow }).resume().cancel()
  }

  async delete({ key, file }: Done): Promise<void> {
    await file.remove()
    this.#drop(key)
  }

  #start(request: Parameters<URLSession['downloadTask']>[0], key: string, integrity: string | null): void {
    const metadata: Json = { integrity }
    const task = this.session.downloadTask(request, { key, metadata, ...(integrity === null ? {} : { integrity }) })
    this.#live(task)
    task.resume()
  }

  #live(task: DownloadTask): void {
    const { url } = task.originalRequest
    const key = keyOf(task)
    const put = (): void =>
      this.#put({ kind: 'live', key, url, name: task.response?.suggestedFilename ?? nameFromURL(url), task })
    put()
    task.subscribe(() => task.state !== 'completed' && this.#items.get(key)?.kind === 'live' && put())
  }

  #sending(task: UploadTask): void {
    const { url } = task.originalRequest
    const key = keyOf(task)
    const put = (): void => this.#put({ kind: 'sending', key, url, name: uploadNameOf(task), task })
    put()
    task.subscribe(() => task.state !== 'completed' && this.#items.get(key)?.kind === 'sending' && put())
  }

  #sent(task: UploadTask, error: URLError | null): void {
    const { response } = task
    const answered = `The server answered ${response?.status ?? '?'} ${response?.statusText ?? ''}`
    this.#put({
      kind: 'sent',
      key: keyOf(task),
      url: task.originalRequest.url,
      name: uploadNameOf(task),
      size: task.progress.snapshot().completed,
      trouble: error
        ? { code: error.code, message: messageOf(error) }
        : response?.ok
          ? null
          : { code: null, message: answered },
    })
  }

  #done(key: string, url: string, file: DownloadedFile): void {
    this.#put({ kind: 'done', key, url, name: file.name, file })
  }

  #completed(task: DownloadTask, error: URLError | null): void {
    const { url } = task.originalRequest
    const key = keyOf(task)
    // Only `forget` makes tasks without a key, to cancel them.
    if (task.key === null && error?.code === 'cancelled') return this.#drop(key)
    const kept = error === null ? keptFiles.get(task) : undefined
    if (kept) return this.#done(key, url, kept)
    const { completed, total } = task.progress.snapshot()
    const { integrity = null } = (task.metadata ?? {}) as { integrity?: string | null }
    const name = task.response?.suggestedFilename ?? nameFromURL(url)
    const message = error
      ? messageOf(error)
      : `The server answered ${task.response?.status ?? '?'} ${task.response?.statusText ?? ''}`
    const received = error?.resumeData?.received ?? (error ? completed : 0)
    const resumeData = error?.resumeData ?? null
    this.#put({
      kind: 'stopped',
      key,
      url,
      name,
      code: error?.code ?? null,
      message,
      received,
      total,
      integrity,
      resumeData,
    })
  }

  #put(download: Download): void {
    const before = this.#items.get(download.key)
    this.#items.set(download.key, download)
    if (before?.kind === 'stopped' || download.kind === 'stopped') this.#remember()
    this.#tell(download.key)
  }

  #drop(key: string): void {
    const before = this.#items.get(key)
    this.#items.delete(key)
    if (before?.kind === 'stopped') this.#remember()
    this.#tell(key)
  }

  #remember(): void {
    // What lost its engine is no stopped download: its record stands, and the next page goes on with it.
    const stopped = this.all().filter((one) => one.kind === 'stopped' && !lostEngine(one))
    writeStopped(stopped as Stopped[])
  }

  #tell(key: string): void {
    for (const listener of this.#listeners) listener(key)
  }
}

interface UploadWishes {
  readonly protocol: UploadProtocolName
  /** Null for no limit. */
  readonly bytesPerSecond: number | null
}

function storedOf(download: Download): number {
  if (download.kind === 'done') return download.file.size
  if (download.kind === 'live') return download.task.progress.snapshot().completed
  // What is sent from here is not stored here.
  if (download.kind !== 'stopped') return 0
  return download.resumeData ? download.received : 0
}

/** A task whose record could not be read has lost its key. */
const keyOf = (task: DownloadTask | UploadTask): string =>
  task.key ?? `0-${task.identifier} ${task.originalRequest.url}`

/** What a delegate threw stands behind its error, and is what went wrong. */
const messageOf = ({ message, code, cause }: URLError): string =>
  code === 'delegateFailed' && cause instanceof Error ? `${message}: ${cause.message}` : message

const keptFiles = new WeakMap<DownloadTask, DownloadedFile>()

/** For every status a file arrives; an error page is not what was wanted. */
async function keepGood(task: DownloadTask, file: DownloadedFile): Promise<void> {
  if (!task.response?.ok || task.key === null) return
  await file.keep(task.key)
  keptFiles.set(task, file)
}
