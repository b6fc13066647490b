/** The plain workers: fetch and discard; by hand into a file; the hash alone. Nothing of the package but its digest. */

/** Bytes of the buffer that is read into. */
const BUFFER = 1 << 20

export interface Job {
  readonly do: 'discard' | 'by hand' | 'by hand, flushed' | 'hash'
  readonly url: string
  readonly size: number
}

export interface JobDone {
  readonly bytes: number
  /** Milliseconds. */
  readonly elapsed: number
}

interface DigestFile {
  readonly createDigest: (algorithm: 'sha256') => Promise<{ update(bytes: Uint8Array): void; finish(): Uint8Array }>
}

const jobs: Record<Job['do'], (job: Job) => Promise<number>> = {
  discard: async ({ url }) => {
    const reader = (await bodyOf(url)).getReader()
    let bytes = 0
    for (let step = await reader.read(); !step.done; step = await reader.read()) bytes += step.value.byteLength
    return bytes
  },
  'by hand': ({ url }) => byHand(url, false),
  'by hand, flushed': ({ url }) => byHand(url, true),
  hash: async ({ url, size }) => {
    const { createDigest } = (await import(/* @vite-ignore */ new URL('/urlsession/digest.js', url).href)) as DigestFile
    const digest = await createDigest('sha256')
    const bytes = crypto.getRandomValues(new Uint8Array(1 << 16))
    const buffer = new Uint8Array(BUFFER)
    for (let at = 0; at < BUFFER; at += bytes.length) buffer.set(bytes, at)
    for (let done = 0; done < size; done += BUFFER) digest.update(buffer)
    digest.finish()
    return size
  },
}

/** As fast as a browser writes what it downloads: one buffer, one handle, nothing between. */
async function byHand(url: string, flushed: boolean): Promise<number> {
  const root = await navigator.storage.getDirectory()
  const handle = await (await root.getFileHandle('by-hand', { create: true })).createSyncAccessHandle()
  const reader = (await bodyOf(url)).getReader({ mode: 'byob' })
  let at = 0
  let view = new Uint8Array(BUFFER)
  for (;;) {
    const { value, done } = await reader.read(view, { min: BUFFER })
    if (value) at += handle.write(value, { at })
    if (done || !value) break
    view = new Uint8Array(value.buffer)
  }
  if (flushed) handle.flush()
  handle.close()
  return at
}

async function bodyOf(url: string): Promise<ReadableStream<Uint8Array>> {
  const { body } = await fetch(url)
  if (!body) throw new Error('no body')
  return body
}

self.addEventListener('message', ({ data }: MessageEvent<Job>) => {
  void run(data).then((done) => postMessage(done))
})

async function run(job: Job): Promise<JobDone> {
  const started = performance.now()
  const bytes = await jobs[job.do](job)
  const elapsed = performance.now() - started
  if (job.do.startsWith('by hand')) await (await navigator.storage.getDirectory()).removeEntry('by-hand')
  return { bytes, elapsed }
}
