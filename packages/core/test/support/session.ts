/** Sessions on the run's real origins, closed after each test; works in Node and in browsers. */
import { SessionConfiguration, URLSession, type DownloadTask } from 'urlsession'
import { remoteOrigin, type RemoteFile, type RemoteOrigin } from '../../../testing/src/origin/remote-origin.ts'
import type { FileOptions, StallEnd } from '../../../testing/src/origin/vocabulary.ts'
import { afterAll, afterEach, inject, vi } from 'vitest'

// Nothing here waits for a length of time, so a limit is only there for what hangs; a busy machine must not look like that.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

export const origin: RemoteOrigin = remoteOrigin(inject('origin'))
export const otherOrigin: RemoteOrigin = remoteOrigin(inject('otherOrigin'))

/** An origin for one test alone, which may restart it or make it refuse connections. */
export const privateOrigin = async (): Promise<RemoteOrigin> => remoteOrigin(await privately(''))

/** An address at which nobody listens any more. */
export async function desertedURL(): Promise<string> {
  const url = await privately('')
  await privately(`?stop=${encodeURIComponent(url)}`)
  return `${url}/deserted.bin`
}

const privately = async (query: string): Promise<string> =>
  (await fetch(`${inject('origin')}/__private${query}`, { method: 'POST' })).text()

/** Node's own modules, or null in a browser, where a neutral test must not even name them in an import. */
export const node: NodeJS.Process['getBuiltinModule'] | null =
  typeof globalThis.process?.getBuiltinModule === 'function' ? globalThis.process.getBuiltinModule : null
export const inNode: boolean = node !== null

/** The state directory of this file's sessions (Node), so that no test meets another's records; null in browsers. */
export const directory: string | null = makeDirectory()

const made: URLSession[] = []

/** A session that is closed when the test ends. */
export function makeSession(...[given, delegate]: ConstructorParameters<typeof URLSession>): URLSession {
  const configuration = SessionConfiguration.from(given)
  const ours = directory === null || configuration.settings.directory !== null ? {} : { directory }
  const session = new URLSession(configuration.copy(ours), delegate)
  made.push(session)
  return session
}

/** Options under which failures are tried again almost at once. */
export const quick = { retry: { baseDelay: 5, maximumDelay: 20 } } as const

let count = 0

/** A name nobody else uses: tests of all projects share the origin. */
export const unique = (name: string): string => `${Math.random().toString(36).slice(2, 10)}-${++count}-${name}`

/** A file of the shared origin under a name of its own. */
export const serve = (name: string, options: FileOptions): Promise<RemoteFile> => origin.file(unique(name), options)

export const bytesOf = async (blob: Blob): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await blob.arrayBuffer())

/** Resolves when that many bytes have arrived. */
export async function reached(task: Pick<DownloadTask, 'progress' | 'error'>, bytes: number): Promise<void> {
  for await (const { completed } of task.progress) if (completed >= bytes) return
  throw new Error(`the task ended (${task.error?.message ?? 'well'}) before ${bytes} bytes had arrived`)
}

/** Resolves when the task's state, or what it waits for, is as wanted. */
export function until(task: Pick<DownloadTask, 'subscribe'>, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = task.subscribe(look)
    function look(): void {
      if (!holds()) return
      stop()
      resolve()
    }
    look()
  })
}

/** Ends the connection that stalls after so many bytes, once they have arrived: a browser drops what was not read yet. */
export async function breakAt(
  task: DownloadTask,
  file: RemoteFile,
  bytes: number,
  how: StallEnd = 'reset',
): Promise<void> {
  await reached(task, bytes)
  const current = (await file.requests()).at(-1)
  // The bytes may be here before the origin has fallen silent behind them.
  for (let open = current !== undefined; open;) {
    await file.releaseStalls(how)
    open = (await file.requests()).some(({ id, endedAt }) => id === current?.id && endedAt === null)
  }
}

/** Resolves when the file was asked for. */
export const asked = (file: RemoteFile): Promise<unknown> => origin.when({ file: file.name, method: 'GET' })

/** The Range headers that were sent for a file, in order; null where the whole was asked for. */
export const rangesOf = async (file: RemoteFile): Promise<(string | null)[]> =>
  (await file.requests()).map(({ range }) => range)

/** What a promise was rejected with. */
export const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => {
      throw new Error(`it resolved, with ${JSON.stringify(value)}`)
    },
    (reason: unknown) => reason,
  )

function makeDirectory(): string | null {
  if (!node) return null
  const { mkdtempSync, rmSync } = node('node:fs')
  const path = mkdtempSync(`${node('node:os').tmpdir()}/urlsession-session-`)
  afterAll(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** What was rejected and seen by nobody: in every test there must be nothing. */
const unseen: unknown[] = []
if (inNode) process.on('unhandledRejection', (reason) => unseen.push(reason))
else addEventListener('unhandledrejection', ({ reason }) => unseen.push(reason))

afterEach(async () => {
  await Promise.all(made.splice(0).map((session) => session.close()))
  // Rejections are reported when the turn is over.
  await new Promise((resolve) => setTimeout(resolve))
  const reasons = unseen.splice(0)
  if (reasons.length > 0) throw new AggregateError(reasons, 'rejections that nobody handled')
})
