/** What a session asks of the engine. Plain data in, plain data out; no function ever crosses. */
import type { EngineFacts } from '../model/capabilities.ts'
import type { SessionKind, Settings } from '../model/configuration.ts'
import type { DownloadDestination } from '../model/download-options.ts'
import type { Integrity } from '../model/integrity.ts'
import type { Json } from '../model/json.ts'
import type { NormalRequest } from '../model/request.ts'
import type { ResponseRecord } from '../model/response.ts'
import type { DownloadResumeData, ResumeData, UploadResumeData } from '../model/resume-data.ts'
import type { Answer, Ask } from './questions.ts'
import type { Result } from './result.ts'

/** Raised when page and worker of different builds would misunderstand each other. */
export const WIRE_VERSION = 4

/** The first thing an engine is told. */
export interface Hello {
  readonly wire: number
  readonly kind: SessionKind
  readonly namespace: string
  /** One life of one session object: what it created is its own, and goes when it is gone. */
  readonly owner: string
  readonly settings: Settings
  /** What is asked about the requests of every task. */
  readonly asks: readonly Ask[]
}

export interface Welcome {
  readonly facts: EngineFacts
  /** Tasks that stand in the records: of an earlier life, or of this one after the engine was lost. */
  readonly tasks: readonly TaskSnapshot[]
  /** Tasks whose records went into quarantine; why, their failures tell. */
  readonly unreadable: readonly { readonly uid: string; readonly url: string }[]
  readonly nextIdentifier: number
}

/** Everything a page must know to hold a task that it did not make. */
export interface TaskSnapshot {
  readonly uid: string
  readonly identifier: number
  readonly key: string | null
  readonly metadata: Json | null
  readonly description: string
  readonly priority: number
  readonly beginAt: number | null
  readonly request: NormalRequest
  readonly running: boolean
  readonly received: number
  readonly total: number | null
  readonly response: ResponseRecord | null
  readonly kind: 'download' | 'upload'
}

/** What every new task says of itself. */
export interface NewTransfer {
  readonly uid: string
  /** What the page would like; the engine answers with the one that is free. */
  readonly identifier: number
  readonly key: string | null
  readonly metadata: Json | null
  readonly description: string
  readonly priority: number
  /** Milliseconds since the epoch. */
  readonly beginAt: number | null
  readonly request: NormalRequest
  /** What is asked about its requests, by this session: of its own delegate too. */
  readonly asks: readonly Ask[]
}

export interface NewDownload extends NewTransfer {
  readonly kind: 'download'
  readonly resumeData: DownloadResumeData | null
  readonly integrity: Integrity | null
  readonly connections: number | 'auto'
  readonly maximumSize: number | null
  readonly destination: DownloadDestination | null
  /** The session has the answer of the first request already, which is taken as it is. */
  readonly adopted: boolean
}

export interface NewUpload extends NewTransfer {
  readonly kind: 'upload'
  readonly resumeData: UploadResumeData | null
  readonly protocol: string
  /** Plain data for a protocol of ours; null for one that the session runs. */
  readonly options: Json
  readonly chunkSize: number | null
  readonly parallel: number | null
  readonly bytesPerSecond: number | null
  readonly source: UploadSource
}

/** The bytes of an upload as they cross from the session to its engine; null for a stream that crossed before. */
export interface UploadSource {
  readonly from: null | Blob | FileSystemFileHandle | ReadableStream<Uint8Array> | { readonly path: string }
  readonly name: string
  readonly type: string
}

/** A finished file, by reference. */
export interface FileReference {
  readonly uid: string
  /** Given by whoever shows it: the engine has none. */
  readonly name: string
  readonly size: number
  readonly type: string
  /** SRI text of the digest that was checked, or null. */
  readonly digest: string | null
  readonly path: string | null
}

export interface KeptFile extends FileReference {
  readonly key: string
  /** Milliseconds since the epoch. */
  readonly keptAt: number
}

export interface EngineCommands {
  open(hello: Hello): Promise<Welcome>
  /** Creating what is already there changes nothing, so it can be said again to a new engine. */
  create(task: NewDownload | NewUpload): Promise<{ identifier: number }>
  resume(uid: string): Promise<void>
  suspend(uid: string): Promise<void>
  cancel(uid: string, produceResumeData: boolean): Promise<ResumeData | null>
  edit(uid: string, change: { priority?: number; description?: string; beginAt?: number | null }): Promise<void>
  /** The page has told its delegates: the record can go; the file too, unless it is still `wanted`. */
  settle(uid: string, wanted: boolean): Promise<void>
  /** Puts the bytes of a finished transfer aside whose delegate could not take the file; null where that is no use. */
  park(uid: string): Promise<ResumeData | null>
  blob(file: FileReference): Promise<Blob>
  keep(file: FileReference, key: string): Promise<void>
  removeFile(uid: string): Promise<void>
  kept(): Promise<KeptFile[]>
  copy(file: FileReference, destination: DownloadDestination): Promise<void>
  answer(id: number, result: Result<Answer>): Promise<void>
  /** Something that only one kind of task is told (transfers/job.ts). */
  tell(uid: string, message: unknown): Promise<unknown>
  /** What a page hears of the network and of waking up, and a worker may not. */
  nudge(event: 'online' | 'wake'): Promise<void>
  /** Resolves when all that was received is durable. */
  flush(): Promise<void>
  /** Ends the engine: checkpoints, removes what nobody keeps, lets go of its locks. */
  close(): Promise<void>
}

export type CommandName = keyof EngineCommands
export type CommandArguments<Name extends CommandName> = Parameters<EngineCommands[Name]>
export type CommandValue<Name extends CommandName> = Awaited<ReturnType<EngineCommands[Name]>>
