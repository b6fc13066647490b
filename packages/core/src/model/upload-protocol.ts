/** How the bytes of an upload get to a server: what a protocol is, what it is told, and what it answers. */
import type { Json } from './json.ts'

/** The size of a file whose end is not known yet. Only tus is given such files: a protocol of the user's own is told sizes. */
export const OPEN_END: number = Number.MAX_SAFE_INTEGER

/** What is uploaded, and to where. */
export interface UploadInfo {
  /** The task's URL, absolute. */
  readonly url: string
  /** The task's method, in capitals. */
  readonly method: string
  /** The headers that the caller gave, with lower-case names and without credentials, which `send` adds by itself. */
  readonly headers: readonly (readonly [string, string])[]
  /** Bytes. */
  readonly size: number
  /** The file's name, or ''. */
  readonly name: string
  /** Its media type, or ''. */
  readonly type: string
  /** The task's own data. */
  readonly metadata: Json | null
  /** The name of this upload and of no other, kept across reloads: `[0-9a-z-]{8,64}`. */
  readonly id: string
  /** Bytes of a part, where the caller wants them so. */
  readonly chunkSize: number | null
  /** Parts at once, where the caller wants it so. */
  readonly parallel: number | null
}

/** One request of a protocol. */
export interface UploadRequest {
  readonly method: string
  /** Absolute. The task's credentials go only to the origin that the task was sent to. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Nothing is added to the headers, neither of the task nor of the session: the request is signed as it is. Default: false. */
  readonly exact?: boolean
  /** Of the file, from the first byte up to but not with the second: sent from where the file is. */
  readonly range?: readonly [from: number, to: number]
  /** Instead of a part of the file. */
  readonly body?: string | Uint8Array<ArrayBuffer>
}

/** An answer, of any status, with its body (at most 16 MiB). */
export interface UploadAnswer {
  /** The URL that answered. */
  readonly url: string
  readonly status: number
  readonly statusText: string
  readonly headers: Headers
  readonly body: Uint8Array<ArrayBuffer>
}

/** What a protocol works with. */
export interface UploadClient {
  /**
   * Sends a request as the session sends any: with its headers, credentials, adapters and transport security. Redirects are followed as
   * the session follows them.
   * @param onInformational Told of each answer before the answer (104 and the like), where the platform shows them.
   * @throws {URLError} where there was no answer.
   */
  send(request: UploadRequest, onInformational?: (status: number, headers: Headers) => void): Promise<UploadAnswer>
  /** Bytes of the file, to make a checksum of. */
  read(from: number, to: number): Promise<Uint8Array<ArrayBuffer>>
  /** Stores the state at once, where it must not wait for the method to come back. */
  keep(state: Json): Promise<void>
  /** No other attempt will follow this one: whatever is answered is the answer. */
  readonly last: boolean
  /** Fires when the upload is stopped; what is sent then stops by itself. */
  readonly signal: AbortSignal
}

/** The upload is over, and this was the server's answer to it. */
export interface UploadEnd {
  readonly end: UploadAnswer
}

/** An upload that the server made. */
export interface UploadCreated<State extends Json> {
  /** All that is needed to go on with it, after a reload too. Holds no secrets: it is stored. */
  readonly state: State
  /** Bytes at the start of the file that the server has already. Default: 0. */
  readonly accepted?: number
  /** How the file is cut. Default: one lane, sent in parts of any size, one after another. */
  readonly lanes?: UploadLanes
  /** What a request may carry (bytes). Default: no limits. */
  readonly limits?: { readonly least?: number; readonly most?: number }
}

/** The file as lanes beside one another: within a lane, bytes are sent in order. */
export interface UploadLanes {
  /** Bytes of each lane; the last one is shorter. */
  readonly size: number
  /** Each lane is one part. Else a lane may take several, of any size. */
  readonly whole: boolean
}

/** A part of a file that the server has. */
export interface UploadedPiece {
  readonly from: number
  readonly to: number
  /** What the server gave for it: an entity tag, say. */
  readonly receipt?: Json
}

/** What a server said that it has. */
export interface UploadLocated<State extends Json> {
  readonly pieces: readonly UploadedPiece[]
  readonly state?: State
}

/** A part that was sent. */
export interface UploadAccepted {
  /** Up to where (in bytes of the file) the server has the lane now. */
  readonly accepted: number
  readonly receipt?: Json
}

/** What became of a part that was not accepted, where there is a way on. */
export interface UploadDetour {
  /**
   * `'smaller'`: it was too long for the server or something before it; `'locate'`: the server has another offset than was thought;
   * `'again'`: it arrived damaged; `'create'`: the server knows nothing of the upload.
   */
  readonly detour: 'smaller' | 'locate' | 'again' | 'create'
  readonly why: string
}

/**
 * A way to bring a file to a server that can be gone on with after a break. The engine decides what is sent when, tries again and keeps the
 * state; a protocol knows the requests. Each method may be called again after a failure, in another life of the page; what it throws ends
 * the attempt, and the upload too, unless it is a URLError with `retryable`.
 */
export interface UploadProtocol<State extends Json = Json> {
  /** Names the protocol in what is stored: letters, digits and dashes, at most 64. */
  readonly name: string
  /** Makes the upload on the server. It may already send bytes, and it may already be the end. */
  create(upload: UploadInfo, client: UploadClient): Promise<UploadCreated<State> | UploadEnd>
  /** After a break: asks the server what it has. */
  locate(
    upload: UploadInfo,
    state: State,
    client: UploadClient,
  ): Promise<UploadLocated<State> | UploadEnd | UploadDetour>
  /** Sends the bytes from `from` up to but not with `to`. */
  part(
    upload: UploadInfo,
    state: State,
    part: { readonly from: number; readonly to: number },
    client: UploadClient,
  ): Promise<UploadAccepted | UploadEnd | UploadDetour>
  /** Once the server has every byte: makes it a whole. */
  finish(
    upload: UploadInfo,
    state: State,
    pieces: readonly UploadedPiece[],
    client: UploadClient,
  ): Promise<UploadEnd | UploadDetour>
  /** The user gave up: the server need not keep what it has. */
  cancel?(upload: UploadInfo, state: State, client: UploadClient): Promise<void>
}
