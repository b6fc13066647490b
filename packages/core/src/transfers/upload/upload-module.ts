/** What the engine loads with the first upload: everything that only uploads need, put together with what their platform lends them. */
import type { Loader } from '../../loading/loader.ts'
import type { CommonRecord, UploadRecord } from '../../storage/records.ts'
import type { NewUpload, UploadSource } from '../../wire/commands.ts'
import type { Job, OfThisSession } from '../job.ts'
import type { RunnerTools, Transfer } from '../transfer.ts'
import { UploadJob } from './upload-job.ts'
import { uploadRecord } from './upload-record.ts'

export interface UploadModule {
  /** The record of a new upload. @throws {URLError} `badResumeData`. */
  record(common: CommonRecord, task: NewUpload): UploadRecord
  /** @param source The bytes, where the session that made the task still has them. */
  job(transfer: Transfer<UploadRecord>, session: OfThisSession, source: UploadSource | null): Job
}

/** What a platform lends to uploads. */
export interface UploadPlatform {
  /** Sends bodies, and tells how that goes. */
  loader(tools: RunnerTools): Loader
  /** A file by its path, with the time of its last change; null where there are no paths. @throws {URLError} */
  readonly openPath: ((path: string) => Promise<OpenedFile>) | null
  /** Answers before the answer are shown (1xx). */
  readonly showsInformational: boolean
}

/** A file whose bytes stay where they are. */
export interface OpenedFile {
  readonly blob: Blob
  readonly name: string
  /** Milliseconds since the epoch, or null for what is no file. */
  readonly modified: number | null
}

export const createUploads = (platform: UploadPlatform): UploadModule => ({
  record: uploadRecord,
  job: (transfer, session, source) => new UploadJob(transfer, session, source, platform),
})
