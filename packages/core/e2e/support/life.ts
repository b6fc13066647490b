/** One background session and its one download, over several lives of pages. What runs in the page is kept on its global object. */
import type { Page } from 'playwright/test'
import type { FileHandle, Origin } from '../../../testing/src/origin/index.ts'
import type { DownloadTask, URLError, URLSession, Warning } from '../../src/entries/browser.ts'

declare global {
  // oxlint-disable-next-line no-var
  var session: URLSession
  // oxlint-disable-next-line no-var
  var task: DownloadTask
}

export interface Begin {
  /** Of the background session; without it the session is a default one. */
  readonly identifier?: string
  readonly key?: string
  readonly metadata?: null | string | number | { [name: string]: string }
  readonly description?: string
  readonly integrity?: string
}

/** Starts a download in the page and leaves it running. */
export function begin(page: Page, file: FileHandle, options: Begin = {}): Promise<void> {
  return page.evaluate(
    async ({ url, identifier, ...rest }) => {
      const { URLSession, SessionConfiguration } = globalThis.urlsession
      const engine = globalThis.engine ? { engine: globalThis.engine } : {}
      globalThis.session = new URLSession(
        identifier === undefined
          ? SessionConfiguration.default(engine)
          : SessionConfiguration.background(identifier, engine),
      )
      // As an app does: what an earlier life left comes first.
      if (identifier !== undefined) await globalThis.session.tasks('download')
      globalThis.task = globalThis.session.downloadTask(url, rest).resume()
    },
    { url: file.url, ...options },
  )
}

export type Found = Pick<DownloadTask, 'identifier' | 'key' | 'metadata' | 'description' | 'state'> & {
  received: number
}

/** Opens the background session again and tells which tasks it has; keeps the first. */
export function find(page: Page, identifier: string): Promise<Found[]> {
  return page.evaluate(async (name) => {
    const { URLSession, SessionConfiguration } = globalThis.urlsession
    const engine = globalThis.engine ? { engine: globalThis.engine } : {}
    globalThis.session = new URLSession(SessionConfiguration.background(name, engine))
    const tasks = await globalThis.session.tasks('download')
    if (tasks[0]) globalThis.task = tasks[0]
    return tasks.map(({ identifier: number, key, metadata, description, state, progress }) => {
      return { identifier: number, key, metadata, description, state, received: progress.download.completed }
    })
  }, identifier)
}

/** Resolves when so many bytes have arrived. */
export async function received(page: Page, bytes: number): Promise<void> {
  await page.evaluate(
    (wanted) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (globalThis.task.progress.download.completed < wanted) return
          stop()
          resolve()
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
  readonly warnings: readonly Warning[]
}

/** Awaits the task and sends its file to the origin, which takes the digest. */
export function finish(page: Page, { url }: Origin): Promise<Finished> {
  return page.evaluate(async (base) => {
    const { file } = await globalThis.task.finished
    const answer = await fetch(`${base}/sink`, { method: 'POST', body: await file.blob() })
    const { bytes, sha256 } = (await answer.json()) as { bytes: number; sha256: string }
    return { size: bytes, sha256, warnings: globalThis.task.warnings }
  }, url)
}

/** Awaits the task's failure; the error's data stays in the page as `task.error`. */
export function failure(
  page: Page,
): Promise<Pick<URLError, 'code' | 'message' | 'bytesTransferred'> & { kept: number | null }> {
  return page.evaluate(async () => {
    const error = await globalThis.task.finished.then(
      () => null,
      (reason: URLError) => reason,
    )
    if (!error) throw new Error('the task did not fail')
    const { code, message, bytesTransferred, resumeData } = error
    return { code, message, bytesTransferred, kept: resumeData?.received ?? null }
  })
}
