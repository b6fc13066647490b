/** The file that was picked, sent by a session, by a bare XMLHttpRequest, and by the clients that people use for tus and S3. */
import Uppy from '@uppy/core'
import AwsS3 from '@uppy/aws-s3'
import { Upload } from 'tus-js-client'
import { s3Multipart, URLSession, type UploadOptions } from 'urlsession'

export interface UploadJob {
  readonly way: UploadWay
  /** Of the server that takes it. */
  readonly to: string
  /** Bytes of a part, the same for all who send parts. */
  readonly chunk: number
}

type Way = (job: UploadJob, file: Blob) => Promise<void>

const ways = {
  'session, plain': ({ to }, file) => bySession(`${to}/sink`, file, {}),
  'bare XHR': ({ to }, file) => byXHR(`${to}/sink`, file),
  'session, resumable': ({ to, chunk }, file) =>
    bySession(`${to}/resumable`, file, { protocol: 'resumable', chunkSize: chunk }),
  'session, tus': ({ to, chunk }, file) => bySession(`${to}/tus`, file, { protocol: 'tus', chunkSize: chunk }),
  'tus-js-client': ({ to, chunk }, file) => byTus(`${to}/tus`, file, chunk, 1),
  'session, tus, 4 at once': ({ to, chunk }, file) =>
    bySession(`${to}/tus`, file, { protocol: 'tus', chunkSize: chunk, parallel: 4 }),
  'tus-js-client, 4 at once': ({ to, chunk }, file) => byTus(`${to}/tus`, file, chunk, 4),
  'session, S3': ({ to, chunk }, file) => bySession(`${to}/s3/file`, file, { protocol: s3, chunkSize: chunk }),
  'Uppy, S3': ({ to, chunk }, file) => byUppy(`${to}/s3/file`, file, chunk),
} satisfies Record<string, Way>

export type UploadWay = keyof typeof ways

/** Milliseconds. */
export async function upload(job: UploadJob): Promise<number> {
  const file = document.querySelector('input')?.files?.[0]
  if (!file) throw new Error('no file was picked')
  const started = performance.now()
  await ways[job.way](job, file)
  return performance.now() - started
}

const session = new URLSession()
/** As a backend would: the server takes any signature. */
const s3 = s3Multipart({ sign: async ({ url }) => ({ url }) })

async function bySession(url: string, file: Blob, options: UploadOptions): Promise<void> {
  const { response } = await session.upload(url, file, options)
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
}

function byXHR(url: string, file: Blob): Promise<void> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    xhr.open('POST', url)
    // As whoever shows progress has it.
    xhr.upload.addEventListener('progress', () => {})
    xhr.addEventListener('load', () => resolve())
    xhr.addEventListener('error', () => reject(new Error('the request failed')))
    xhr.send(file)
  })
}

function byTus(endpoint: string, file: Blob, chunkSize: number, parallelUploads: number): Promise<void> {
  return new Promise((resolve, reject) => {
    new Upload(file, {
      endpoint,
      chunkSize,
      parallelUploads,
      storeFingerprintForResuming: false,
      onSuccess: () => resolve(),
      onError: reject,
    }).start()
  })
}

async function byUppy(object: string, file: Blob, chunk: number): Promise<void> {
  const uppy = new Uppy().use(AwsS3, {
    shouldUseMultipart: true,
    getChunkSize: () => chunk,
    signRequest: (request) => {
      const query = new URLSearchParams()
      if ('uploadId' in request) query.set('uploadId', request.uploadId)
      else query.set('uploads', '')
      if ('partNumber' in request) query.set('partNumber', String(request.partNumber))
      return { url: `${object}?${query}` }
    },
  })
  uppy.addFile({ name: 'file', data: file })
  const { failed = [] } = (await uppy.upload()) ?? {}
  uppy.destroy()
  if (failed.length > 0) throw new Error(`Uppy: ${String(failed[0]?.error)}`)
}
