/**
 * One attempt of an upload, whatever its protocol: makes it on the server or asks how far it is, sends what is missing, several parts at
 * once where lanes allow it, and has it made a whole. It decides nothing about trying again: it throws.
 */
import {
  OPEN_END,
  type UploadAccepted,
  type UploadAnswer,
  type UploadClient,
  type UploadDetour,
  type UploadEnd,
  type UploadInfo,
  type UploadProtocol,
} from '../../model/upload-protocol.ts'
import { URLError } from '../../model/url-error.ts'
import type { UploadMade } from '../../storage/records.ts'
import type { Pace } from './pace.ts'
import { UploadParts, type Part } from './upload-parts.ts'

/** How often in a row a server may send us around without anything having moved. */
const DETOURS = 10

/** Bytes of a stream that are worth a request of their own while more may come. */
export const WORTHWHILE: number = 262_144

export interface UploadAttemptParts {
  readonly protocol: UploadProtocol
  readonly upload: UploadInfo
  readonly client: UploadClient
  readonly pace: Pace
  /** What is still being read, where that is sent already. */
  readonly growing: { readonly ready: number; more(isIdle: boolean): Promise<void> } | null
  readonly now: () => number
  /** Resolves after so many milliseconds, or when the attempt is stopped. */
  readonly wait: (milliseconds: number) => Promise<void>
  /** Ends what is being sent. */
  readonly stop: () => void
  /** Where the upload is on its server, as the record has it; it is changed here. */
  readonly made: () => UploadMade | null
  /** Stores it. */
  readonly save: (made: UploadMade | null) => Promise<void>
  readonly onAccepted: (bytes: number) => void
}

export class UploadAttempt {
  readonly #parts: UploadAttemptParts
  /** Since something moved. */
  #detours = 0
  /** What was last stored of the parts: the server is asked before anything relies on it, so that the next part need not wait for it. */
  #saved: Promise<void> = Promise.resolve()

  constructor(parts: UploadAttemptParts) {
    this.#parts = parts
  }

  /** The server's answer to the whole. @throws {URLError} */
  async run(): Promise<UploadAnswer> {
    let step: 'locate' | 'create' | 'send' = this.#parts.made() ? 'locate' : 'create'
    for (;;) {
      const next = await this.#step(step)
      if ('end' in next) return next.end
      if (next.detour === 'create' || next.detour === 'locate') this.#count(next)
      step = next.detour === 'smaller' || next.detour === 'again' ? 'send' : next.detour
    }
  }

  async #step(step: 'locate' | 'create' | 'send'): Promise<UploadEnd | UploadDetour | { readonly detour: 'send' }> {
    if (step === 'create') return this.#create()
    if (step === 'locate') return this.#locate()
    return this.#send()
  }

  async #create(): Promise<UploadEnd | { readonly detour: 'send' }> {
    const { protocol, upload, client, save, onAccepted } = this.#parts
    await save(null)
    onAccepted(0)
    const created = await protocol.create(upload, client)
    if ('end' in created) return created
    const { state, accepted = 0, lanes = null, limits = {} } = created
    this.#assertOffset(accepted, 0)
    const pieces = accepted > 0 ? [{ from: 0, to: accepted }] : []
    const { least = 0, most = Number.MAX_SAFE_INTEGER } = limits
    await save({ state, lanes, least, most, pieces })
    onAccepted(accepted)
    return { detour: 'send' }
  }

  async #locate(): Promise<UploadEnd | UploadDetour | { readonly detour: 'send' }> {
    const { protocol, upload, client, save, onAccepted } = this.#parts
    const made = this.#made()
    const located = await protocol.locate(upload, made.state, client)
    if ('end' in located || 'detour' in located) return located
    for (const { from, to } of located.pieces) this.#assertOffset(to, from)
    const pieces = [...located.pieces]
    await save({ ...this.#made(), state: located.state ?? this.#made().state, pieces })
    onAccepted(new UploadParts(() => upload.size, made.lanes, pieces).accepted)
    return { detour: 'send' }
  }

  async #send(): Promise<UploadEnd | UploadDetour> {
    const { protocol, upload, client, pace, growing } = this.#parts
    const made = this.#made()
    const parts = new UploadParts(() => upload.size, made.lanes, made.pieces)
    let over: UploadEnd | UploadDetour | null = null
    const workers = new Set<Promise<void>>()
    const failed = Promise.withResolvers<never>()
    failed.promise.catch(() => {})
    // Those that are needed, as long as each finds something to do.
    const hire = (): void => {
      while (!over && workers.size < pace.atOnce) {
        const most = Math.max(made.least, Math.min(pace.partSize, made.most))
        const part = parts.take(most, growing?.ready, WORTHWHILE)
        if (!part) return
        const worker = this.#part(parts, part).then(
          (outcome) => {
            workers.delete(worker)
            over ??= outcome
            hire()
          },
          (error: unknown) => {
            workers.delete(worker)
            failed.reject(error)
          },
        )
        workers.add(worker)
      }
    }
    hire()
    try {
      while (workers.size > 0 || (!over && upload.size === OPEN_END)) {
        const grown = upload.size === OPEN_END ? [growing?.more(workers.size === 0)] : []
        await Promise.race([...workers, failed.promise, ...grown])
        hire()
      }
    } finally {
      // Those beside one that failed must not reach into the next attempt.
      if (workers.size > 0) this.#parts.stop()
      await Promise.all(workers)
    }
    await this.#saved
    // One that failed last of all must not look like one that ended well.
    await Promise.race([failed.promise, Promise.resolve()])
    if (over) return over
    if (!parts.isWhole)
      throw new URLError('badServerResponse', {
        url: upload.url,
        why: 'the server took fewer bytes than it was sent',
        retryable: true,
      })
    return protocol.finish(upload, this.#made().state, parts.pieces, client)
  }

  /** One part; null when it arrived, or is to be sent again by whoever takes it next. */
  async #part(parts: UploadParts, part: Part): Promise<UploadEnd | UploadDetour | null> {
    const { protocol, upload, client, pace, now, save, onAccepted } = this.#parts
    const bytes = part.to - part.from
    await this.#parts.wait(pace.delay(bytes))
    const began = now()
    const answer = await protocol.part(upload, this.#made().state, part, client)
    if ('end' in answer) return answer
    if ('detour' in answer) {
      parts.drop(part)
      return this.#around(answer, bytes)
    }
    this.#assertAccepted(answer, part)
    pace.arrived(answer.accepted - part.from, now() - began)
    this.#detours = 0
    parts.done(part, answer.accepted, answer.receipt)
    onAccepted(parts.accepted)
    const before = this.#saved
    this.#saved = save({ ...this.#made(), pieces: parts.pieces })
    this.#saved.catch(() => {})
    await before
    return null
  }

  /** What is to be done about a part that was not accepted; null: it is only sent again. */
  #around(detour: UploadDetour, bytes: number): UploadDetour | null {
    if (detour.detour === 'create' || detour.detour === 'locate') return detour
    this.#count(detour)
    const { lanes, least } = this.#made()
    if (detour.detour === 'again') return null
    if (!lanes?.whole && bytes > least && this.#parts.pace.tooLarge(bytes)) return null
    const { url } = this.#parts.upload
    throw new URLError('dataLengthExceedsMaximum', { url, phase: 'response', status: 413, why: detour.why })
  }

  /** @throws {URLError} `badServerResponse` for a server that sends us around for ever. */
  #count({ why }: UploadDetour): void {
    this.#detours += 1
    if (this.#detours <= DETOURS) return
    const { url } = this.#parts.upload
    throw new URLError('badServerResponse', {
      url,
      phase: 'response',
      retryable: false,
      why: `again and again, ${why}`,
    })
  }

  #made(): UploadMade {
    const made = this.#parts.made()
    if (made) return made
    throw new URLError('unknown', { url: this.#parts.upload.url, why: 'the upload was not made' })
  }

  #assertAccepted({ accepted }: UploadAccepted, { from, to }: Part): void {
    if (accepted > from && accepted <= to) return
    const why = `it was sent bytes ${from} to ${to} and says that it has ${accepted}`
    throw new URLError('badServerResponse', { url: this.#parts.upload.url, phase: 'response', retryable: true, why })
  }

  #assertOffset(offset: number, least: number): void {
    const { size, url } = this.#parts.upload
    if (Number.isSafeInteger(offset) && offset >= least && offset <= size) return
    const why = `it says that it has ${offset} of ${size} bytes`
    throw new URLError('badServerResponse', { url, phase: 'response', retryable: false, why })
  }
}
