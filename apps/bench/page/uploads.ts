/** The same file sent by a session, by a bare XMLHttpRequest, and by the tus client that people use. */
import { Upload } from 'tus-js-client'
import { URLSession } from 'urlsession'

/** Bytes of a part, the same for both clients of tus. */
const CHUNK = 16 << 20

const ways = {
  'session, plain': (url: string, file: Blob) => bySession(`${url}/sink`, file, {}),
  'bare XHR': (url: string, file: Blob) => byXHR(`${url}/sink`, file),
  'session, tus': (url: string, file: Blob) => bySession(`${url}/tus`, file, { protocol: 'tus', chunkSize: CHUNK }),
  'tus-js-client': (url: string, file: Blob) => byTus(`${url}/tus`, file),
} satisfies Record<string, (url: string, file: Blob) => Promise<void>>

export type UploadWay = keyof typeof ways

export interface UploadJob {
  readonly way: UploadWay
  /** Of the server that takes it. */
  readonly to: string
  /** Of the file, which is loaded first. */
  readonly from: string
}

const files = new Map<string, Promise<Blob>>()

/** Milliseconds. */
export async function upload({ way, to, from }: UploadJob): Promise<number> {
  const loaded = files.get(from) ?? fetch(from).then((response) => response.blob())
  files.set(from, loaded)
  const file = await loaded
  const started = performance.now()
  await ways[way](to, file)
  return performance.now() - started
}

const session = new URLSession()

async function bySession(url: string, file: Blob, options: { protocol?: 'tus'; chunkSize?: number }): Promise<void> {
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

function byTus(endpoint: string, file: Blob): Promise<void> {
  return new Promise((resolve, reject) => {
    new Upload(file, {
      endpoint,
      chunkSize: CHUNK,
      storeFingerprintForResuming: false,
      onSuccess: () => resolve(),
      onError: reject,
    }).start()
  })
}
