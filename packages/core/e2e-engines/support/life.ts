/** One session and its one download, over several lives of pages and browsers. What runs in the page is kept on its global object. */
import type { FileHandle, Origin } from '../../../testing/src/origin/index.ts'
import type { DownloadTask, URLSession, Warning } from '../../src/entries/browser.ts'
import type { Tab } from '../drivers/browser.ts'

declare global {
  // oxlint-disable-next-line no-var
  var session: URLSession
  // oxlint-disable-next-line no-var
  var task: DownloadTask
  // oxlint-disable-next-line no-var
  var workers: Worker[]
}

export interface Begin {
  /** Of the background session; without it the session is a default one. */
  readonly identifier?: string
  readonly key?: string
  readonly integrity?: string
}

/** Starts a download in the page and leaves it running. */
export function begin(tab: Tab, { url }: FileHandle, options: Begin = {}): Promise<void> {
  return tab.evaluate(
    async ({ address, identifier, ...given }) => {
      const { URLSession, SessionConfiguration } = globalThis.urlsession
      const engine = globalThis.engine ? { engine: globalThis.engine } : {}
      globalThis.session = new URLSession(
        identifier === undefined
          ? SessionConfiguration.default(engine)
          : SessionConfiguration.background(identifier, engine),
      )
      // As an app does: what an earlier life left comes first. Where that is refused, so is the task.
      if (identifier !== undefined) await globalThis.session.tasks('download').catch(() => {})
      globalThis.task = globalThis.session.downloadTask(address, given).resume()
    },
    { address: url, ...options },
  )
}

export type Found = Pick<DownloadTask, 'identifier' | 'key' | 'state'> & { readonly received: number }

/** Opens the background session again and tells which tasks it has; keeps the first. */
export function find(tab: Tab, identifier: string): Promise<Found[]> {
  return tab.evaluate(async (name) => {
    const { URLSession, SessionConfiguration } = globalThis.urlsession
    const engine = globalThis.engine ? { engine: globalThis.engine } : {}
    globalThis.session = new URLSession(SessionConfiguration.background(name, engine))
    const tasks = await globalThis.session.tasks('download')
    if (tasks[0]) globalThis.task = tasks[0]
    return tasks.map(({ identifier: number, key, state, progress }) => {
      return { identifier: number, key, state, received: progress.download.completed }
    })
  }, identifier)
}

/** Resolves when so many bytes have arrived, to the task's identifier. */
export function received(tab: Tab, bytes: number): Promise<number> {
  return tab.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const look = (): void => {
          if (globalThis.task.progress.download.completed < wanted) return
          stop()
          resolve(globalThis.task.identifier)
        }
        const stop = globalThis.task.progress.subscribe(look)
        look()
      }),
    bytes,
  )
}

export interface Finished {
  readonly size: number
  /** Hexadecimal, of the file as it lies there. */
  readonly sha256: string
  /** As the session checked it. */
  readonly digest: string | null
  readonly warnings: readonly Warning[]
}

/** Awaits the task and sends its file to the origin, which takes the digest. */
export function finish(tab: Tab, { url }: Origin): Promise<Finished> {
  return tab.evaluate(async (base) => {
    const { file } = await globalThis.task.finished
    const answer = await fetch(`${base}/sink`, { method: 'POST', body: await file.blob() })
    const { bytes, sha256 } = (await answer.json()) as { bytes: number; sha256: string }
    return { size: bytes, sha256, digest: file.digest, warnings: globalThis.task.warnings }
  }, url)
}

/** The code of the error with which the task fails, or with which the session refuses to tell its tasks. */
export function refusal(tab: Tab): Promise<{ task: string | null; tasks: string | null }> {
  return tab.evaluate(async () => {
    const codeOf = (promise: Promise<unknown>): Promise<string | null> =>
      promise.then(
        () => null,
        ({ code }: { code: string }) => code,
      )
    return { task: await codeOf(globalThis.task.finished), tasks: await codeOf(globalThis.session.tasks('download')) }
  })
}

export interface Place {
  readonly engine: string
  readonly fileStore: string
  readonly survivesRestart: boolean
  /** Why the bytes are where they are. */
  readonly why: string
}

/** Where the engine runs and its bytes go, once it has started. */
export function place(tab: Tab): Promise<Place> {
  return tab.evaluate(() => {
    const { engine, fileStore, survivesRestart, reasons } = globalThis.session.capabilities
    return { engine, fileStore, survivesRestart, why: reasons.fileStore }
  })
}
