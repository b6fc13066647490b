/**
 * Owns: a server of resumable uploads, by draft-ietf-httpbis-resumable-upload, interop version 8: creation, offsets, appends, cancellation,
 * limits, interim answers and problem types. In memory, for tests; it notes what it was asked, and when it was asked too much at once.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { corsHeaders } from '../origin/cors.ts'
import { UploadFaults, type UploadFault } from './upload-faults.ts'

export interface UploadServerOptions {
  /** Default: a free one. */
  readonly port?: number
  /** The value of `Upload-Limit`, as it stands. Default: none. */
  readonly limit?: string
  /** Sends 104 with the upload's address before the answer. Default: true. */
  readonly interim?: boolean
  /** Knows nothing of the draft: every request is an ordinary upload. Default: false. */
  readonly ordinary?: boolean
  /** Where uploads are, if not here: the URL of another such server that shares their store. */
  readonly elsewhere?: UploadServer
}

/** One upload, as the server has it. */
export interface StoredUpload {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly method: string
  bytes: Buffer
  length: number | null
  complete: boolean
}

export interface UploadServer {
  readonly url: string
  /** Where uploads are made. */
  readonly endpoint: string
  readonly port: number
  /** By path, in the order of their creation. */
  readonly uploads: Map<string, StoredUpload>
  /** `POST /files`, `HEAD /files/1`, `PATCH /files/1 0 ?0` … */
  readonly journal: string[]
  /** Of every request, in the journal's order. */
  readonly headers: IncomingMessage['headers'][]
  /** Two requests for one upload at once, and other things that no client may do. */
  readonly violations: string[]
  /** What happens to the next request of that method, once; several are taken in order. */
  fault(method: string, ...faults: UploadFault[]): void
  stop(): Promise<void>
}

const VERSION = '8'
const PROBLEM = 'https://iana.org/assignments/http-problem-types#'

export async function startUploadServer(options: UploadServerOptions = {}): Promise<UploadServer> {
  const sockets = new Set<Socket>()
  const http = createServer((request, response) => void server.answer(request, response))
  http.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
  })
  http.listen(options.port ?? 0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  const server = new DraftServer(port, options, async () => {
    for (const socket of sockets) socket.destroy()
    http.close()
    await once(http, 'close')
  })
  return server
}

class DraftServer implements UploadServer {
  readonly url: string
  readonly port: number
  readonly uploads: Map<string, StoredUpload>
  readonly journal: string[] = []
  readonly headers: IncomingMessage['headers'][] = []
  readonly violations: string[] = []
  readonly stop: () => Promise<void>
  readonly #options: UploadServerOptions
  readonly #faults = new UploadFaults()
  readonly #busy = new Map<string, Socket>()

  constructor(port: number, options: UploadServerOptions, stop: () => Promise<void>) {
    this.port = port
    this.url = `http://127.0.0.1:${port}`
    this.uploads = options.elsewhere?.uploads ?? new Map<string, StoredUpload>()
    this.stop = stop
    this.#options = options
  }

  get endpoint(): string {
    return `${this.url}/files`
  }

  fault(method: string, ...faults: UploadFault[]): void {
    this.#faults.add(method, faults)
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request
    for (const [name, value] of corsHeaders('exposed', headers.origin)) response.setHeader(name, value)
    if (method === 'OPTIONS') return this.#preflight(request, response)
    const at = headers['upload-offset'] === undefined ? '' : ` ${String(headers['upload-offset'])}`
    const done = headers['upload-complete'] === undefined ? '' : ` ${String(headers['upload-complete'])}`
    this.journal.push(`${method} ${url}${at}${done}`)
    this.headers.push(headers)
    request.on('error', () => {})
    const fault = this.#faults.take(method)
    if (fault?.status !== undefined) {
      await drained(request)
      for (const [name, value] of Object.entries(fault.headers ?? {})) response.setHeader(name, value)
      return void response.writeHead(fault.status).end()
    }
    if (fault?.forget) this.uploads.delete(url)
    if (this.#options.ordinary) return this.#ordinary(request, response)
    const upload = this.uploads.get(url)
    if (!upload && url !== '/files') return this.#gone(request, response)
    if (!upload) return this.#create(request, response, fault)
    if (method === 'HEAD') return this.#tell(upload, request, response, fault)
    if (method === 'PATCH') return this.#append(upload, request, response, fault)
    if (method === 'DELETE') this.uploads.delete(url)
    if (method === 'GET') return void response.writeHead(200).end(upload.bytes)
    response.writeHead(method === 'DELETE' ? 204 : 405).end()
  }

  #preflight(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('Accept-Patch', 'application/partial-upload')
    if (this.#options.limit) response.setHeader('Upload-Limit', this.#options.limit)
    response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, POST, PUT, PATCH, DELETE')
    response.setHeader('Access-Control-Allow-Headers', request.headers['access-control-request-headers'] ?? '*')
    response.writeHead(204).end()
  }

  async #ordinary(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await gathered(request)
    const path = `/files/${this.uploads.size + 1}`
    const { headers, method = '' } = request
    this.uploads.set(path, { path, headers, method, bytes, length: bytes.length, complete: true })
    response.writeHead(200, { 'Content-Type': 'text/plain' }).end(`${bytes.length} bytes`)
  }

  async #gone(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await drained(request)
    response.writeHead(404, { 'Upload-Draft-Interop-Version': VERSION }).end()
  }

  async #create(request: IncomingMessage, response: ServerResponse, fault: UploadFault | null): Promise<void> {
    const { headers, method = '' } = request
    const path = `/files/${this.uploads.size + 1}`
    const upload: StoredUpload = {
      path,
      headers,
      method,
      bytes: Buffer.alloc(0),
      length: count(headers['upload-length']),
      complete: false,
    }
    this.uploads.set(path, upload)
    const location = `${this.#options.elsewhere?.url ?? this.url}${path}`
    const limit = this.#options.limit ? { 'Upload-Limit': this.#options.limit } : {}
    if (this.#options.interim ?? true)
      interim(response, { Location: location, 'Upload-Draft-Interop-Version': VERSION, ...limit })
    await this.#take(upload, request, response, fault, { Location: location, ...limit }, 201)
  }

  #tell(upload: StoredUpload, _request: IncomingMessage, response: ServerResponse, fault: UploadFault | null): void {
    if (this.#busy.has(upload.path)) this.#end(upload.path)
    response.writeHead(204, {
      'Upload-Draft-Interop-Version': VERSION,
      'Upload-Complete': upload.complete ? '?1' : '?0',
      'Upload-Offset': String(fault?.offset ?? upload.bytes.length),
      ...(upload.length === null ? {} : { 'Upload-Length': String(upload.length) }),
      ...(this.#options.limit ? { 'Upload-Limit': this.#options.limit } : {}),
      'Cache-Control': 'no-store',
    })
    response.end()
  }

  async #append(
    upload: StoredUpload,
    request: IncomingMessage,
    response: ServerResponse,
    fault: UploadFault | null,
  ): Promise<void> {
    const { headers } = request
    if (headers['content-type'] !== 'application/partial-upload') this.violations.push('another media type')
    if (upload.complete) return this.#problem(response, 'completed-upload', { 'Upload-Complete': '?1' })
    if (count(headers['upload-offset']) !== upload.bytes.length)
      return this.#problem(response, 'mismatching-upload-offset', { 'Upload-Offset': String(upload.bytes.length) })
    await this.#take(upload, request, response, fault, {}, 200)
  }

  #problem(response: ServerResponse, type: string, headers: Record<string, string>): void {
    response.writeHead(409, {
      'Content-Type': 'application/problem+json',
      'Upload-Draft-Interop-Version': VERSION,
      ...headers,
    })
    response.end(JSON.stringify({ type: PROBLEM + type, title: type }))
  }

  /** Takes what comes, and says what has come. */
  async #take(
    upload: StoredUpload,
    request: IncomingMessage,
    response: ServerResponse,
    fault: UploadFault | null,
    headers: Record<string, string>,
    status: number,
  ): Promise<void> {
    if (this.#busy.has(upload.path)) {
      this.violations.push(`two requests for ${upload.path} at once`)
      this.#end(upload.path)
    }
    // A request that is given up forgets its socket.
    const { socket } = request
    this.#busy.set(upload.path, socket)
    const whole = await this.#receive(upload, request, fault).catch(() => false)
    if (this.#busy.get(upload.path) === socket) this.#busy.delete(upload.path)
    const completes = request.headers['upload-complete'] === '?1'
    if (whole && completes && !fault?.incomplete) upload.complete = true
    if (!whole || fault?.silent) return void socket.destroy()
    const told = upload.complete && !fault?.incomplete ? '?1' : '?0'
    response.writeHead(completes ? 200 : status === 201 ? 201 : 204, {
      ...headers,
      'Upload-Draft-Interop-Version': VERSION,
      'Upload-Complete': told,
      'Upload-Offset': String(fault?.offset ?? upload.bytes.length),
    })
    response.end(completes ? `${upload.bytes.length} bytes` : '')
  }

  async #receive(upload: StoredUpload, request: IncomingMessage, fault: UploadFault | null): Promise<boolean> {
    let left = fault?.dropAfter ?? Infinity
    for await (const chunk of request as AsyncIterable<Buffer>) {
      upload.bytes = Buffer.concat([upload.bytes, chunk.subarray(0, left)])
      left -= chunk.length
      if (left <= 0) return false
    }
    return true
  }

  /** As the draft advises: whoever comes later is right, and the earlier request is dead. */
  #end(path: string): void {
    this.#busy.get(path)?.destroy()
    this.#busy.delete(path)
  }
}

const count = (value: string | string[] | undefined): number | null =>
  /^\d{1,15}$/.test(String(value)) ? Number(value) : null

/** An answer before the answer, which node:http writes only of its own kinds. */
function interim(response: ServerResponse, headers: Record<string, string>): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  response.socket?.write(`HTTP/1.1 104 Upload Resumption Supported\r\n${lines.join('')}\r\n`)
}

async function drained(request: IncomingMessage): Promise<void> {
  request.resume()
  if (!request.complete) await once(request, 'end').catch(() => {})
}

async function gathered(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
