/** What is measured in a page: the package as a bundled app has it, and the plain workers it is compared with. */
import { SessionConfiguration, URLSession } from 'urlsession'
import { watchMainThread } from './main-thread.ts'
import { requests } from './requests.ts'
import { openAndClose, sockets, type SocketJob } from './sockets.ts'
import { upload } from './uploads.ts'
import type { Job, JobDone } from './worker.ts'

const slow = 'bench'

async function download(url: string, size: number, integrity?: string): Promise<number> {
  const session = new URLSession()
  // The engine is started by the first task; what is measured here is the download.
  await session.files.list()
  const started = performance.now()
  const { file } = await session.download(url, integrity === undefined ? {} : { integrity })
  const elapsed = performance.now() - started
  if ((await file.blob()).size !== size) throw new Error(`the file has not ${size} bytes`)
  await file.remove()
  await session.close()
  return elapsed
}

/** Milliseconds for a job done by a plain worker of the bench's own. */
async function plainly(job: Job): Promise<number> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  const done = await new Promise<JobDone>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<JobDone>) => resolve(data))
    worker.addEventListener('error', ({ message }) => reject(new Error(message)))
    worker.postMessage(job)
  })
  worker.terminate()
  if (done.bytes !== job.size) throw new Error(`${done.bytes} of ${job.size} bytes`)
  return done.elapsed
}

/** Milliseconds of the first construction, and of one of the many after it: the clock is too coarse for a single one. */
function construct(count: number): { first: number; usual: number } {
  const started = performance.now()
  const kept = [new URLSession()]
  const between = performance.now()
  while (kept.length <= count) kept.push(new URLSession())
  return { first: between - started, usual: (performance.now() - between) / count }
}

/** Leaves a background download running. */
async function leave(url: string): Promise<void> {
  const session = new URLSession(SessionConfiguration.background(slow))
  await session.tasks('download')
  const task = session.downloadTask(url).resume()
  await grown(task.progress, 4 << 20)
  await session.flush()
}

/** Takes it up again; milliseconds from the page's own beginning to the first byte that is new. */
async function takeUp(): Promise<number> {
  const session = new URLSession(SessionConfiguration.background(slow))
  const [task] = await session.tasks('download')
  if (!task) throw new Error('nothing to take up')
  await grown(task.progress, task.progress.snapshot().completed + 1)
  const elapsed = performance.now()
  await session.close()
  return elapsed
}

async function grown(progress: AsyncIterable<{ completed: number }>, bytes: number): Promise<void> {
  for await (const { completed } of progress) if (completed >= bytes) return
}

export interface Bench {
  download: typeof download
  plainly: typeof plainly
  construct: typeof construct
  leave: typeof leave
  requests: typeof requests
  sockets: (job: SocketJob) => Promise<number>
  openAndClose: typeof openAndClose
  upload: typeof upload
  watchMainThread: typeof watchMainThread
  /** Set where the page was loaded to go on. */
  takenUp: Promise<number> | null
}

declare global {
  // oxlint-disable-next-line no-var
  var bench: Bench
}

const takenUp = location.search === '?take-up' ? takeUp() : null
globalThis.bench = {
  download,
  plainly,
  construct,
  leave,
  requests,
  sockets,
  openAndClose,
  upload,
  watchMainThread,
  takenUp,
}
