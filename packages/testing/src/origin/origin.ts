/**
 * Owns: the fault-injecting origin: a real HTTP server on a real socket, its life, and what a test holds of it.
 * Why: what a download must survive happens on sockets. So the server is real, and each fault is switched by hand at the
 * moment the test chooses.
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { answerRequest } from './answer-request.ts'
import { Exchange } from './exchange.ts'
import { isPreflight } from './cors.ts'
import { type EntryPredicate, type JournalEntry, JournalKeeper } from './journal.ts'
import type { Origin, OriginOptions } from './origin-api.ts'
import { OriginFile } from './origin-file.ts'
import { Stalls } from './stalls.ts'
import { SocketEndpoint } from './web-sockets.ts'
import type { FileOptions, StallEnd } from './vocabulary.ts'

/** Starts an origin. Another origin is simply another start. */
export async function startOrigin(options: OriginOptions = {}): Promise<Origin> {
  const origin = new RunningOrigin(options)
  await origin.accept()
  return origin
}

/** An origin, with what its own parts need of it. */
export class RunningOrigin implements Origin {
  readonly options: OriginOptions
  readonly journal: JournalKeeper
  readonly stalls: Stalls = new Stalls()
  readonly #webSockets = new SocketEndpoint()
  readonly #files = new Map<string, OriginFile>()
  /** Every open connection, and its number. */
  readonly #sockets = new Map<Socket, number>()
  #connections = 0
  #server: Server | null = null
  #port: number

  constructor(options: OriginOptions) {
    this.options = options
    this.journal = new JournalKeeper(options.journalLimit ?? 10_000)
    this.#port = options.port ?? 0
  }

  get host(): string {
    return this.options.host ?? '127.0.0.1'
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return `http://${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.#port}`
  }

  file(name: string, options: FileOptions): OriginFile {
    const path = name.split('/').map(encodeURIComponent).join('/')
    const file = new OriginFile(name, `${this.url}/files/${path}`, options, (of, how) => this.stalls.release(how, of))
    this.#files.set(name, file)
    return file
  }

  find(name: string): OriginFile | null {
    return this.#files.get(name) ?? null
  }

  files(): OriginFile[] {
    return [...this.#files.values()]
  }

  forget(name: string): void {
    this.#files.delete(name)
  }

  when(
    predicate: EntryPredicate,
    { timeout = this.options.patience ?? 10_000 }: { timeout?: number } = {},
  ): Promise<JournalEntry> {
    return this.journal.when(predicate, timeout)
  }

  nextRequest(
    predicate: EntryPredicate = {},
    { timeout = this.options.patience ?? 10_000 }: { timeout?: number } = {},
  ): Promise<JournalEntry> {
    return this.journal.next(predicate, timeout)
  }

  releaseStalls(how: StallEnd = 'continue'): void {
    this.stalls.release(how)
  }

  dropAllConnections(): void {
    for (const entry of this.journal.entries) this.journal.end(entry, 'dropped')
    for (const socket of this.#sockets.keys()) socket.destroy()
  }

  async refuse(): Promise<void> {
    const server = this.#server
    if (!server) return
    this.#server = null
    // The callback of close() waits for open connections, which may last; the socket itself closes in this turn.
    server.close()
    await new Promise((resolve) => setImmediate(resolve))
  }

  async accept(): Promise<void> {
    if (this.#server) return
    const server = createServer({ noDelay: true, highWaterMark: 1 << 20, requestTimeout: 0, keepAliveTimeout: 0 })
    this.#server = server
    server.on('connection', (socket: Socket) => {
      this.#sockets.set(socket, ++this.#connections)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => {})
    })
    server.on('request', (request, response) => void this.#serve(request, response))
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Uint8Array) => {
      const entry = this.#openEntry(request)
      socket.on('close', () => this.journal.end(entry, 'complete'))
      if (this.#server === server && entry.url.startsWith('/sockets/')) this.#webSockets.take(request, socket, head)
      else socket.destroy()
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', (failure) => {
        this.#server = null
        reject(failure)
      })
      server.listen(this.#port, this.host, () => resolve())
    })
    this.#port = (server.address() as AddressInfo).port
  }

  async restart(): Promise<void> {
    await this.refuse()
    this.dropAllConnections()
    await this.accept()
  }

  async stop(): Promise<void> {
    await this.refuse()
    this.dropAllConnections()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = new Exchange(request, response, this.#openEntry(request), this.journal)
    const { entry } = exchange
    request.on('data', (bytes: Uint8Array) => {
      entry.bytesReceived += bytes.length
    })
    request.pause()
    if (!this.#server) {
      this.journal.end(entry, 'dropped')
      request.socket.destroy()
      return
    }
    try {
      await answerRequest(this, exchange)
    } catch (failure) {
      if (response.headersSent) return exchange.cut()
      exchange.head(500, [
        ['Content-Type', 'text/plain; charset=utf-8'],
        ['Access-Control-Allow-Origin', '*'],
      ])
      response.end(`the origin itself failed: ${failure instanceof Error ? failure.stack : String(failure)}\n`)
    }
  }

  #openEntry(request: IncomingMessage): JournalEntry {
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(request.headers))
      headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '')
    const method = request.method ?? 'GET'
    const entry: Omit<JournalEntry, 'id'> = {
      at: Date.now(),
      endedAt: null,
      method,
      url: request.url ?? '/',
      headers,
      range: headers['range'] ?? null,
      file: fileName(request.url ?? '/'),
      preflight: isPreflight(method, headers),
      connection: this.#sockets.get(request.socket) ?? 0,
      status: null,
      responseHeaders: {},
      bytesReceived: 0,
      bytesSent: 0,
      aborted: false,
      outcome: 'open',
    }
    return this.journal.open(entry, entry.url.startsWith('/__control'))
  }
}

/** The name of the file a URL asks for, or null. */
function fileName(url: string): string | null {
  const match = /^\/files\/([^?#]+)/.exec(url)
  try {
    return match ? decodeURIComponent(match[1] as string) : null
  } catch {
    return null
  }
}
