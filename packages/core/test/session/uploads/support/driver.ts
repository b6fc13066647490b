/**
 * Owns a driver for upload protocols as small as one can be: it sends over fetch, tries again, and lives as often as a page is reloaded,
 * its state going through JSON each time. What breaks, and when, is up to the test.
 */
import type { Json } from '../../../../src/model/json.ts'
import type {
  UploadAnswer,
  UploadClient,
  UploadedPiece,
  UploadInfo,
  UploadLanes,
  UploadProtocol,
  UploadRequest,
} from '../../../../src/model/upload-protocol.ts'
import { URLError } from '../../../../src/model/url-error.ts'

/** What happens to a request: it is sent; never leaves; or is sent, and its answer never comes. */
export type Fate = 'sent' | 'unsent' | 'unanswered'

export interface DriveOptions {
  readonly upload?: Partial<UploadInfo>
  /** Parts at once. Default: 3. */
  readonly parallel?: number
  /** Default: all are sent. */
  readonly fate?: (request: UploadRequest) => Fate
  /** Breaks that are too many. Default: 0. */
  readonly breaks?: number
  /** Bytes of a request where nothing else is said. Default: all. */
  readonly most?: number
  readonly signal?: AbortSignal
}

/** All that is known from one life to the next. */
interface Kept {
  state: Json
  lanes: UploadLanes | null
  pieces: UploadedPiece[]
}

export interface Driven {
  readonly end: UploadAnswer
  /** How often it broke. */
  readonly breaks: number
  /** Each state that was stored, as text. */
  readonly stored: readonly string[]
}

/**
 * Uploads to the end.
 * @param life The protocol, made anew for each life.
 * @throws what the protocol threw for good.
 */
export async function drive<State extends Json>(
  life: () => UploadProtocol<State>,
  url: string,
  bytes: Uint8Array<ArrayBuffer>,
  options: DriveOptions = {},
): Promise<Driven> {
  const driver = new Driver(url, bytes, options)
  for (let breaks = 0; ; breaks++)
    try {
      return { end: await driver.live(life()), breaks, stored: driver.stored }
    } catch (error) {
      if (!URLError.is(error) || !error.retryable || breaks >= (options.breaks ?? 0)) throw error
    }
}

export class Driver {
  readonly stored: string[] = []
  readonly upload: UploadInfo
  readonly #bytes: Uint8Array<ArrayBuffer>
  readonly #options: DriveOptions
  readonly #stop = new AbortController()
  readonly client: UploadClient

  constructor(url: string, bytes: Uint8Array<ArrayBuffer>, options: DriveOptions = {}) {
    this.#bytes = bytes
    this.#options = options
    this.upload = {
      url,
      method: 'PUT',
      headers: [],
      size: bytes.length,
      name: 'film.mp4',
      type: 'video/mp4',
      metadata: null,
      id: 'upload-0001',
      chunkSize: null,
      parallel: null,
      ...options.upload,
    }
    this.client = {
      send: (request) => this.#send(request),
      read: async (from, to) => bytes.slice(from, to),
      keep: async (state) => this.#keep({ ...this.kept(), state }),
      last: false,
      signal: options.signal ?? this.#stop.signal,
    }
  }

  /** What the last life left behind. */
  kept(): Kept {
    return JSON.parse(this.stored.at(-1) ?? '{"state":null,"lanes":null,"pieces":[]}') as Kept
  }

  /** One life: from what the last one left, to the end or to the first break. */
  async live(protocol: UploadProtocol): Promise<UploadAnswer> {
    let step: 'create' | 'locate' | 'send' = this.kept().state === null ? 'create' : 'locate'
    for (let steps = 0; steps < 20; steps++) {
      if (step === 'create') {
        const made = await protocol.create(this.upload, this.client)
        if ('end' in made) return made.end
        this.#keep({ state: made.state, lanes: made.lanes ?? null, pieces: [] })
      } else if (step === 'locate') {
        const found = await protocol.locate(this.upload, this.kept().state, this.client)
        if ('end' in found) return found.end
        if ('detour' in found) {
          step = found.detour === 'create' ? 'create' : 'locate'
          continue
        }
        this.#keep({
          ...this.kept(),
          pieces: [...found.pieces],
          ...(found.state !== undefined && { state: found.state }),
        })
      }
      const outcome = await this.#sendAll(protocol)
      if (typeof outcome === 'object') return outcome
      step = outcome
    }
    throw new Error('the protocol goes round and round')
  }

  async #sendAll(protocol: UploadProtocol): Promise<UploadAnswer | 'create' | 'locate' | 'send'> {
    let over: UploadAnswer | 'create' | 'locate' | null = null
    const busy = new Set<number>()
    const worker = async (): Promise<void> => {
      for (;;) {
        const part = over === null ? this.#next(busy) : null
        if (!part) return
        busy.add(part.start)
        const answer = await protocol.part(this.upload, this.kept().state, part, this.client)
        busy.delete(part.start)
        if ('end' in answer) over = answer.end
        else if ('detour' in answer) {
          if (answer.detour === 'create' || answer.detour === 'locate') over = answer.detour
        } else {
          const piece = {
            from: part.start,
            to: answer.accepted,
            ...(answer.receipt !== undefined && { receipt: answer.receipt }),
          }
          const others = this.kept().pieces.filter(({ from }) => from !== part.start)
          this.#keep({ ...this.kept(), pieces: [...others, piece].toSorted((one, other) => one.from - other.from) })
        }
      }
    }
    const done = await Promise.allSettled(Array.from({ length: this.#options.parallel ?? 3 }, worker))
    for (const one of done) if (one.status === 'rejected') throw one.reason
    if (over !== null) return over
    const answer = await protocol.finish(this.upload, this.kept().state, this.kept().pieces, this.client)
    if ('end' in answer) return answer.end
    return answer.detour === 'create' || answer.detour === 'locate' ? answer.detour : 'send'
  }

  #next(busy: ReadonlySet<number>): { start: number; from: number; to: number } | null {
    const { lanes, pieces } = this.kept()
    const size = lanes?.size ?? Math.max(1, this.#bytes.length)
    for (let start = 0; start < this.#bytes.length; start += size) {
      const end = Math.min(start + size, this.#bytes.length)
      const from = pieces.find((piece) => piece.from === start)?.to ?? start
      if (from >= end || busy.has(start)) continue
      return { start, from, to: lanes?.whole ? end : Math.min(end, from + (this.#options.most ?? end)) }
    }
    return null
  }

  #keep(kept: Kept): void {
    this.stored.push(JSON.stringify(kept))
  }

  async #send(request: UploadRequest): Promise<UploadAnswer> {
    const fate = this.#options.fate?.(request) ?? 'sent'
    const lost = (cause?: unknown): URLError =>
      new URLError('networkConnectionLost', { url: request.url, ...(cause !== undefined && { cause }) })
    if (fate === 'unsent') throw lost()
    const { method, url, headers = {}, range, body = null } = request
    const content = range ? this.#bytes.slice(...range) : body
    const { signal } = this.client
    try {
      const response = await fetch(url, { method, headers, body: content, signal })
      const answered = new Uint8Array(await response.arrayBuffer())
      if (fate === 'unanswered') throw lost()
      const { status, statusText } = response
      return { url: response.url, status, statusText, headers: response.headers, body: answered }
    } catch (cause) {
      signal.throwIfAborted()
      throw URLError.is(cause) ? cause : lost(cause)
    }
  }
}
