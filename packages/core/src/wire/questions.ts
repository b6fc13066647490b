/** What an engine asks the session that made a task while it sends the task's requests. Plain data; functions stay where they are. */
import type { Json } from '../model/json.ts'
import type { ErrorRecord } from '../model/url-error.ts'
import type { WireRequest, WireResponse } from '../ports/transport.ts'
import type { UploadSource } from './commands.ts'

export type Ask = 'adapt' | 'prepare' | 'load' | 'answer' | 'redirect' | 'retry'

/** The head of a request. */
export interface RequestRecord {
  readonly url: string
  readonly method: string
  readonly headers: readonly (readonly [string, string])[]
}

/** A request that is asked about, whole: whoever answers in the place of the network has all that it would have had. */
export interface AskedRecord extends RequestRecord, Pick<WireRequest, 'credentials' | 'cache'> {
  /** Of kinds that can be handed to another thread: a transfer's requests have no others. */
  readonly body: Blob | string | Uint8Array<ArrayBuffer> | null
}

export interface HeadRecord extends Pick<
  WireResponse,
  'url' | 'status' | 'statusText' | 'redirected' | 'headersFiltered'
> {
  readonly headers: readonly (readonly [string, string])[]
}

export type Question =
  /** What the caller's adapters make of a request, once an attempt; what is known to be wanted by way of credentials, each hop. */
  | { readonly ask: 'adapt' | 'prepare'; readonly request: AskedRecord }
  /** The answer of a protocol that loads the request in the place of the network, or null where none does. */
  | { readonly ask: 'load'; readonly request: AskedRecord }
  /** The request that a challenge calls for, or null; what a redirect becomes, or null where it is the answer. */
  | { readonly ask: 'answer' | 'redirect'; readonly request: AskedRecord; readonly response: HeadRecord }
  /** Whether what failed is tried again: yes, no, or null where nobody cares. */
  | { readonly ask: 'retry'; readonly error: ErrorRecord; readonly attempt: number }
  /** The bytes of an upload once more, or null where nobody has them. */
  | { readonly ask: 'body'; readonly offset: number }
  /** What a protocol that the session runs does next: its name, that of its method, and what that is given. */
  | {
      readonly ask: 'protocol'
      readonly name: string
      readonly method: string
      readonly given: readonly unknown[]
    }

/** The body is handed over with the answer: pulled where streams can be, else as it was gathered. */
export interface LoadedRecord extends HeadRecord {
  readonly body: ReadableStream<Uint8Array> | Blob | null
}

/** What is asked about an upload and not about one of its requests. */
export type UploadQuestion = Extract<Question, { ask: 'body' | 'protocol' }>

export type Answer = RequestRecord | LoadedRecord | UploadSource | Json
