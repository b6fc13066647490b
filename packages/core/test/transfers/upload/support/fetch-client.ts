/** Owns: what a protocol works with, over the platform's own fetch. */
import type { Json } from '../../../../src/model/json.ts'
import type { UploadAnswer, UploadClient, UploadInfo, UploadRequest } from '../../../../src/model/upload-protocol.ts'
import { URLError } from '../../../../src/model/url-error.ts'

export function uploadOf(url: string, size: number, more: Partial<UploadInfo> = {}): UploadInfo {
  return {
    url,
    method: 'POST',
    headers: [],
    size,
    name: '',
    type: '',
    metadata: null,
    id: 'upload-00000001',
    chunkSize: null,
    parallel: null,
    ...more,
  }
}

export class FetchClient implements UploadClient {
  readonly #file: Uint8Array<ArrayBuffer>
  readonly #stop = new AbortController()
  readonly last = false
  /** The last state that was to be kept at once. */
  kept: Json | undefined
  /** All requests, in order. */
  readonly sent: UploadRequest[] = []

  constructor(file: Uint8Array<ArrayBuffer>) {
    this.#file = file
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  async send(request: UploadRequest): Promise<UploadAnswer> {
    this.sent.push(request)
    const { method, url, headers = {}, range, body } = request
    try {
      const content = range ? this.#file.slice(...range) : (body ?? null)
      const response = await fetch(url, { method, headers, body: content, signal: this.signal })
      return {
        url: response.url,
        status: response.status,
        statusText: response.statusText,
        headers: response.headers,
        body: new Uint8Array(await response.arrayBuffer()),
      }
    } catch (error) {
      throw URLError.from(error, 'networkConnectionLost', { url })
    }
  }

  async read(from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.#file.slice(from, to)
  }

  async keep(state: Json): Promise<void> {
    this.kept = state
  }
}
