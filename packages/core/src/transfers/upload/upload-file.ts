/**
 * The bytes of an upload: where they are in this life, and whether they are still what they were. Never reads more of a file than is
 * being sent, and two samples.
 */
import { URLError } from '../../model/url-error.ts'
import type { FilePrint, StoredSource, UploadRecord } from '../../storage/records.ts'
import type { UploadSource } from '../../wire/commands.ts'
import type { Transfer } from '../transfer.ts'
import type { OpenedFile, UploadPlatform } from './upload-module.ts'

/** Bytes at the beginning, in the middle and at the end that are looked at. */
const SAMPLE = 65_536

/** The file is there, and its user must allow once more that it is read. */
export class Forbidden extends Error {}

export class UploadFile {
  readonly #transfer: Transfer<UploadRecord>
  readonly #platform: UploadPlatform
  /** What the session that made the task gave, as long as it lives. */
  #given: UploadSource | null

  constructor(transfer: Transfer<UploadRecord>, given: UploadSource | null, platform: UploadPlatform) {
    this.#transfer = transfer
    this.#given = given
    this.#platform = platform
  }

  /** The session's own bytes, which end with it and may be worth a copy; null where they are kept elsewhere. */
  get fleeting(): Blob | ReadableStream<Uint8Array> | null {
    const from = this.#given?.from
    const { source } = this.#transfer.record.upload
    return source.at === 'session' && (from instanceof Blob || from instanceof ReadableStream) ? from : null
  }

  /** They are in the engine's own store now. */
  stored(size: number): void {
    const { upload } = this.#transfer.record
    if (upload.print && upload.print.size !== size) throw this.#changed(upload.print, size)
    upload.source = { at: 'store' }
    upload.print ??= { size, modified: null, sample: null }
    this.#given = null
  }

  /**
   * The file, as it was when the upload began.
   * @param ask Asks the session for the bytes once more.
   * @throws {URLError} `fileDoesNotExist`, `noPermissionsToReadFile`, `fileChanged`, `requestBodyStreamExhausted`.
   * @throws {Forbidden}
   */
  async open(ask: () => Promise<UploadSource | null>): Promise<Blob> {
    const { upload } = this.#transfer.record
    let opened = await this.#opened(upload.source)
    if (!opened) {
      const given = await ask()
      const from = given?.from
      // A stream is in the store now. A handle is kept as one that was given at first: its user may have to be asked.
      const isKept = from instanceof ReadableStream || (from && 'getFile' in from)
      if (from && 'getFile' in from) upload.source = { at: 'handle', handle: from }
      if (!isKept) this.#given = given
      if (given) opened = await this.#opened(isKept ? upload.source : { at: 'session' })
    }
    if (!opened) throw this.#error('requestBodyStreamExhausted', GONE, 'answer needNewBodyStream with the same file')
    const seen = await printOf(opened).catch((cause: unknown) => {
      throw this.#error('fileChanged', 'it was changed or removed since it was picked', undefined, cause)
    })
    const { print } = upload
    if (print && !isSame(print, seen)) throw this.#changed(print, seen.size)
    upload.print = print?.sample ? print : seen
    upload.name ||= opened.name
    upload.type ||= opened.blob.type
    return opened.blob
  }

  async #opened(source: StoredSource): Promise<OpenedFile | null> {
    const { record, file, tools } = this.#transfer
    switch (source.at) {
      case 'store': {
        const size = record.upload.print?.size ?? 0
        const blob = await tools.platform.files.blob(file, size, record.upload.type)
        return blob?.size === size ? { blob, name: '', modified: null } : null
      }
      case 'handle':
        return this.#ofHandle(source.handle)
      case 'path':
        return this.#ofPath(source.path)
      case 'session': {
        const from = this.#given?.from
        if (!from || from instanceof ReadableStream) return null
        if ('path' in from) return this.#ofPath(from.path)
        if ('getFile' in from) return this.#ofHandle(from)
        return { blob: from, name: this.#given?.name ?? '', modified: modifiedOf(from) }
      }
    }
  }

  async #ofPath(path: string): Promise<OpenedFile | null> {
    if (!this.#platform.openPath) throw this.#error('unsupportedByPlatform', 'there are no paths here')
    return this.#platform.openPath(path)
  }

  async #ofHandle(handle: FileSystemFileHandle): Promise<OpenedFile> {
    // Not everywhere: where it is missing, reading is what tells.
    const query = Reflect.get(handle, 'queryPermission') as ((wish: object) => Promise<string>) | undefined
    if (query && (await query.call(handle, { mode: 'read' })) !== 'granted') throw new Forbidden()
    try {
      const blob = await handle.getFile()
      return { blob, name: blob.name, modified: blob.lastModified }
    } catch (cause) {
      const { name } = cause as Error
      if (name === 'NotAllowedError') throw new Forbidden()
      throw this.#error('fileDoesNotExist', 'it was moved or removed', undefined, cause)
    }
  }

  #changed(print: FilePrint, size: number): URLError {
    return this.#error('fileChanged', `it had ${print.size} bytes and has ${size}, or was written to meanwhile`)
  }

  #error(code: URLError['code'], why: string, hint?: string, cause?: unknown): URLError {
    const { url } = this.#transfer.record.request
    return new URLError(code, { url, phase: 'storage', retryable: false, why, ...(hint && { hint }), cause })
  }
}

const GONE = 'its bytes went with the page that gave them, and nobody gave them again'

/** A File has a time of its own; other Blobs cannot change. */
const modifiedOf = (blob: Blob): number | null => ('lastModified' in blob ? (blob as File).lastModified : null)

const isSame = (one: FilePrint, other: FilePrint): boolean =>
  one.size === other.size &&
  (one.modified === null || other.modified === null || one.modified === other.modified) &&
  (one.sample === null || other.sample === null || one.sample === other.sample)

/** @throws {DOMException} `NotReadableError` for a file that is not what it was when it was picked. */
async function printOf({ blob, modified }: OpenedFile): Promise<FilePrint> {
  const { size } = blob
  const middle = Math.floor(size / 2)
  const sampled = new Blob([blob.slice(0, SAMPLE), blob.slice(middle, middle + SAMPLE), blob.slice(-SAMPLE)])
  const bytes = await sampled.arrayBuffer()
  // Only in secure contexts.
  const digest = (await globalThis.crypto?.subtle?.digest('SHA-256', bytes)) ?? null
  return { size, modified, sample: digest && new Uint8Array(digest).toString() }
}
