/** What a parent and a child of life.ts say to each other. Plain data. */
import type { ConfigurationOptions, DownloadOptions, Json, UploadOptions, URLRequest } from 'urlsession'

export interface OpenOptions {
  /** A background session's, or null for a default session. */
  readonly identifier: string | null
  readonly directory: string
  readonly options: ConfigurationOptions
  /** What the session's delegate does with a finished file, or that it never comes back from its metrics; `giving`: it has an upload's bytes again. */
  readonly delegate: 'none' | 'keeping' | 'hanging' | 'stuck' | 'giving'
}

export interface Facts {
  readonly identifier: number
  readonly key: string | null
  readonly metadata: Json | null
  readonly description: string
  readonly url: string
  readonly state: string
}

export interface Kept {
  readonly key: string
  readonly path: string | null
  readonly size: number
  readonly digest: string | null
}

export interface Commands {
  open(options: OpenOptions): Promise<void>
  download(request: string | URLRequest, options?: DownloadOptions): Promise<Facts>
  /** @param body A file's path; else bytes, handed over as a Blob or a stream. */
  upload(
    url: string,
    body: string | Uint8Array<ArrayBuffer>,
    as: 'path' | 'blob' | 'stream',
    options?: UploadOptions,
  ): Promise<Facts>
  tasks(): Promise<Facts[]>
  uploads(): Promise<Facts[]>
  cancel(identifier: number): Promise<void>
  files(): Promise<Kept[]>
  flush(): Promise<void>
  close(): Promise<void>
}

/** Something the child saw: a delegate's call, or how a task ended. */
export interface Happening {
  readonly what: string
  readonly task: number | null
  readonly bytes?: number
  readonly code?: string | null
  readonly path?: string | null
  readonly digest?: string | null
  /** Of an upload's answer. */
  readonly url?: string
}

/** A command's answer: its value, or the code of what it failed with. */
export interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly code?: string
}
