/**
 * Owns a server of resumable PUTs that does as Google Cloud Storage does: keeps whole grains of 256 KiB, answers 308 with the Range that
 * it has and without one while it has nothing, and forgets a session on demand.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const GRAIN = 262_144

/** A status; the connection cut within the body; or after all was done. */
export type RangeFault = number | 'cut' | 'lost'

interface Session {
  had: Buffer
  whole: boolean
}

export class ContentRangeServer {
  readonly sessions = new Map<string, Session>()
  readonly seen: string[] = []
  readonly headers: IncomingMessage['headers'][] = []
  readonly faults: RangeFault[] = []
  exposed = 'Range, Location'
  /** Says 308 as clients want it that cannot tell it from a redirect. */
  overrides = false
  /** At most so many bytes of a request are kept. */
  keeps: number = Number.MAX_SAFE_INTEGER
  readonly #server: Server
  #count = 0

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response))
  }

  static async start(): Promise<ContentRangeServer> {
    const made = new ContentRangeServer()
    await new Promise<void>((resolve) => made.#server.listen(0, '127.0.0.1', resolve))
    return made
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/upload`
  }

  /** A session that a backend began. */
  begin(): string {
    const path = `/session/${String(++this.#count)}`
    this.sessions.set(path, { had: Buffer.alloc(0), whole: false })
    return new URL(path, this.url).href
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-expose-headers', this.exposed)
    if (method === 'OPTIONS') {
      response.setHeader('access-control-allow-methods', 'POST, PUT, GET, DELETE')
      response.setHeader('access-control-allow-headers', headers['access-control-request-headers'] ?? '')
      return void response.end()
    }
    // What is there, to compare with.
    if (method === 'GET') return void response.end(this.sessions.get(url)?.had)
    this.seen.push(`${method} ${headers['content-range'] ?? ''}`.trim())
    this.headers.push(headers)
    const fault = this.faults.shift()
    const { chunks, complete } = await read(request, fault === 'cut')
    if (typeof fault === 'number') return void response.writeHead(fault).end()
    if (method === 'POST') {
      if (headers['x-goog-resumable'] !== 'start') return void response.writeHead(400).end()
      response.writeHead(201, { location: new URL(this.begin()).pathname })
    } else this.#session(method, url, headers, Buffer.concat(chunks), complete, response)
    if (fault === 'lost' || !complete) request.socket.destroy()
    else response.end()
  }

  #session(
    method: string,
    path: string,
    headers: IncomingMessage['headers'],
    body: Buffer,
    complete: boolean,
    response: ServerResponse,
  ): void {
    const session = this.sessions.get(path)
    const range = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/.exec(headers['content-range'] ?? '')
    if (!session) return void response.writeHead(410)
    if (method === 'DELETE') {
      this.sessions.delete(path)
      return void response.writeHead(499)
    }
    if (!range) return void response.writeHead(400)
    const [, from, last, total] = range.map(Number) as [number, number, number, number]
    if (!Number.isNaN(from) && from === session.had.length) {
      const isLast = last + 1 === total
      if (complete && (body.length !== last + 1 - from || (!isLast && body.length % GRAIN > 0)))
        return void response.writeHead(400)
      const kept = body.subarray(0, this.keeps)
      const grains = isLast && kept.length === last + 1 - from ? kept.length : kept.length - (kept.length % GRAIN)
      session.had = Buffer.concat([session.had, kept.subarray(0, grains)])
    }
    session.whole ||= session.had.length === total
    if (session.whole) return void response.writeHead(200)
    const had = session.had.length > 0 ? { range: `bytes=0-${String(session.had.length - 1)}` } : {}
    if (this.overrides) response.writeHead(200, { ...had, 'x-http-status-code-override': '308' })
    else response.writeHead(308, had)
  }
}

/** What came: all of it, or where it is to be cut, what came first. */
async function read(request: IncomingMessage, cut: boolean): Promise<{ chunks: Buffer[]; complete: boolean }> {
  const chunks: Buffer[] = []
  if (cut) {
    await new Promise<void>((resolve) => {
      request.once('end', resolve)
      request.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        if (Buffer.concat(chunks).length > GRAIN) resolve()
      })
    })
    return { chunks, complete: false }
  }
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer)
    return { chunks, complete: true }
  } catch {
    // The line broke. What came before that counts.
    return { chunks, complete: false }
  }
}
