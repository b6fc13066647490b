/** A process with one session, which does what its parent says and tells what happens to it: see life.ts. */
import {
  SessionConfiguration,
  URLError,
  URLSession,
  type DownloadTask,
  type SessionDelegate,
  type UploadBody,
  type UploadTask,
} from 'urlsession'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import type { Answer, Commands, Facts, Happening, OpenOptions } from './life-protocol.ts'

let session: URLSession | null = null
const opened = (): URLSession => session ?? raise('the session was not opened')

function raise(message: string): never {
  throw new Error(message)
}

function say(message: Happening | Answer): void {
  // The parent may have let go, and this process goes on until its work is done.
  if (process.connected) process.send?.(message)
}

const facts = ({
  identifier,
  key,
  metadata,
  description,
  originalRequest,
  state,
}: DownloadTask | UploadTask): Facts => ({
  identifier,
  key,
  metadata,
  description,
  url: originalRequest.url,
  state,
})

const delegates: Record<OpenOptions['delegate'], SessionDelegate | null> = {
  none: null,
  keeping: {
    ...telling(),
    async didFinishDownloading(task, file) {
      say({ what: 'didFinishDownloading', task: task.identifier, path: file.path, digest: file.digest })
      await file.keep(task.key ?? 'file')
    },
  },
  giving: {
    ...telling(),
    needNewBodyStream(task, offset) {
      say({ what: 'needNewBodyStream', task: task.identifier, bytes: offset })
      return new Blob([contentAt(5, 0, 6 << 20)]).stream()
    },
  },
  stuck: {
    ...telling(),
    didFinishCollectingMetrics(task) {
      say({ what: 'didFinishCollectingMetrics', task: task.identifier })
      return new Promise(() => {})
    },
  },
  hanging: {
    ...telling(),
    didFinishDownloading(task) {
      say({ what: 'didFinishDownloading', task: task.identifier })
      return new Promise(() => {})
    },
  },
}

function telling(): SessionDelegate {
  return {
    didResumeAtOffset: (task, at) => say({ what: 'didResumeAtOffset', task: task.identifier, bytes: at }),
    didWriteData: (task, _written, total) => say({ what: 'didWriteData', task: task.identifier, bytes: total }),
    didSendBodyData(task) {
      if (task.kind === 'upload') say({ what: 'didSendBodyData', task: task.identifier, bytes: task.accepted })
    },
    didWarn: (task, { code }) => say({ what: 'didWarn', task: task.identifier, code }),
    didComplete: (task, error) => say({ what: 'didComplete', task: task.identifier, code: error?.code ?? null }),
    didFinishEvents: () => say({ what: 'didFinishEvents', task: null }),
  }
}

const commands: Commands = {
  async open({ identifier, directory, options, delegate }) {
    const all = { ...options, directory }
    const configuration =
      identifier === null ? SessionConfiguration.default(all) : SessionConfiguration.background(identifier, all)
    session = new URLSession(configuration, delegates[delegate])
  },
  async download(request, options) {
    const task = opened().downloadTask(request, options).resume()
    await watch(task)
    return facts(task)
  },
  async upload(url, body, as, options) {
    const task = opened().uploadTask(url, bodyOf(body, as), options).resume()
    watchUpload(task)
    return facts(task)
  },
  async uploads() {
    const tasks = await opened().tasks('upload')
    tasks.forEach(watchUpload)
    return tasks.map(facts)
  },
  async tasks() {
    const tasks = await opened().tasks('download')
    for (const task of tasks) await watch(task)
    return tasks.map(facts)
  },
  async cancel(identifier) {
    for (const task of await opened().tasks('download')) if (task.identifier === identifier) task.cancel()
  },
  async files() {
    return (await opened().files.list()).map(({ key, path, size, digest }) => ({ key, path, size, digest }))
  },
  async flush() {
    await opened().flush()
  },
  async close() {
    await opened().close()
  },
}

function bodyOf(body: string | Uint8Array<ArrayBuffer>, as: 'path' | 'blob' | 'stream'): UploadBody {
  if (typeof body === 'string') return { path: body }
  const blob = new Blob([body])
  return as === 'blob' ? blob : blob.stream()
}

function watchUpload(task: UploadTask): void {
  task.finished.then(
    ({ response }) => say({ what: 'uploaded', task: task.identifier, url: response.url }),
    (error: unknown) => say({ what: 'failed', task: task.identifier, code: codeOf(error) }),
  )
}

// In good order: what runs at the end of a process runs.
process.on('SIGTERM', () => process.exit(0))

const watched = new WeakSet<DownloadTask>()

async function watch(task: DownloadTask): Promise<void> {
  if (watched.has(task)) return
  watched.add(task)
  task.finished.then(
    ({ file }) => say({ what: 'finished', task: task.identifier, path: file.path, digest: file.digest }),
    (error: unknown) => say({ what: 'failed', task: task.identifier, code: codeOf(error) }),
  )
}

const codeOf = (error: unknown): string => (URLError.is(error) ? error.code : String(error))

process.on('message', (message) => {
  const { id, call, given } = message as { id: number; call: keyof Commands; given: never[] }
  const command = commands[call] as (...args: never[]) => Promise<unknown>
  command(...given).then(
    (value) => say({ id, value }),
    (error: unknown) => say({ id, code: codeOf(error) }),
  )
})
say({ what: 'ready', task: null })
