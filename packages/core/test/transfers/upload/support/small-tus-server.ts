/**
 * Owns: a tus server with the extensions that @tus/server lacks: checksum and concatenation. It is written by us, after the specification
 * alone, so it shows that our client and our reading of the specification agree, not that others read it so.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface SmallUpload {
  readonly length: number
  readonly concat: string | null
  readonly metadata: string | null
  bytes: Buffer
}

export interface SmallTusOptions {
  /** The value of Tus-Extension. */
  readonly extensions?: string
  readonly algorithms?: readonly string[]
  readonly maxSize?: number
  /** Damages what a PATCH brought, the first so many times. */
  readonly damaged?: number
}

export interface SmallTusServer {
  readonly endpoint: string
  /** By path. */
  readonly uploads: Map<string, SmallUpload>
  /** Method and path of each request, in order. */
  readonly log: string[]
}

type Answer = readonly [status: number, headers?: Readonly<Record<string, string>>, text?: string]

export async function startSmallTus(options: SmallTusOptions = {}): Promise<SmallTusServer> {
  const { extensions = 'creation,checksum,concatenation,termination', algorithms = ['sha1', 'sha256'] } = options
  let damaged = options.damaged ?? 0
  const uploads = new Map<string, SmallUpload>()
  const log: string[] = []
  let made = 0

  const create = ({ headers }: IncomingMessage): Answer => {
    const concat = text(headers['upload-concat'])
    const metadata = text(headers['upload-metadata'])
    const path = `/files/${++made}`
    const location = { Location: path }
    if (concat?.startsWith('final;')) {
      if (headers['upload-length'] !== undefined) return [400, {}, 'a final upload has no Upload-Length']
      const parts = concat
        .slice(6)
        .split(' ')
        .map((url) => uploads.get(new URL(url, 'http://x').pathname))
      if (parts.some((one) => !one)) return [404, {}, 'no such partial upload']
      const whole = parts.map((one) => one as SmallUpload)
      if (whole.some((one) => one.concat !== 'partial')) return [400, {}, 'not a partial upload']
      if (whole.some((one) => one.bytes.length < one.length)) return [400, {}, 'a partial upload is not finished']
      const bytes = Buffer.concat(whole.map((one) => one.bytes))
      uploads.set(path, { length: bytes.length, concat, metadata, bytes })
      return [201, location]
    }
    const length = Number(headers['upload-length'])
    if (length > (options.maxSize ?? Infinity)) return [413]
    uploads.set(path, { length, concat, metadata, bytes: Buffer.alloc(0) })
    return [201, location]
  }

  const append = (upload: SmallUpload, { headers }: IncomingMessage, body: Buffer): Answer => {
    if (upload.concat?.startsWith('final')) return [403]
    if (headers['content-type'] !== 'application/offset+octet-stream') return [415]
    if (headers['upload-offset'] !== String(upload.bytes.length)) return [409]
    if (upload.bytes.length + body.length > upload.length) return [413]
    const arrived = damaged-- > 0 ? Buffer.concat([Buffer.from('?'), body.subarray(1)]) : body
    const [algorithm = '', sum] = (text(headers['upload-checksum']) ?? '').split(' ')
    if (sum !== undefined && !algorithms.includes(algorithm)) return [400, {}, `no checksum of ${algorithm} here`]
    if (sum !== undefined && createHash(algorithm).update(arrived).digest('base64') !== sum) return [460]
    upload.bytes = Buffer.concat([upload.bytes, arrived])
    return [204, { 'Upload-Offset': String(upload.bytes.length) }]
  }

  const answer = (request: IncomingMessage, body: Buffer): Answer => {
    const { method, url: path = '', headers } = request
    if (method === 'OPTIONS')
      return [204, { 'Tus-Extension': extensions, ...(options.maxSize && { 'Tus-Max-Size': String(options.maxSize) }) }]
    if (headers['tus-resumable'] !== '1.0.0') return [412, { 'Tus-Version': '1.0.0' }]
    if (method === 'POST') return create(request)
    const upload = uploads.get(path)
    if (!upload) return [404]
    if (method === 'HEAD')
      return [200, { 'Upload-Offset': String(upload.bytes.length), 'Upload-Length': String(upload.length) }]
    if (method === 'PATCH') return append(upload, request, body)
    return uploads.delete(path) ? [204] : [404]
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await received(request)
    log.push(`${request.method} ${request.url}`)
    const [status, headers = {}, said = ''] = answer(request, body)
    response.writeHead(status, { 'Tus-Resumable': '1.0.0', ...headers }).end(said)
  }
  const server = createServer((request, response) => void serve(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/files`, uploads, log }
}

const text = (header: string | string[] | undefined): string | null => (typeof header === 'string' ? header : null)

/** What came of a body, all of it or not: as much as possible is kept. */
async function received(request: IncomingMessage): Promise<Buffer> {
  const came: Buffer[] = []
  try {
    for await (const bytes of request) came.push(bytes as Buffer)
  } catch {
    // The client is gone, and will ask how much there is.
  }
  return Buffer.concat(came)
}
