/** A download as the caller holds it: what makes it different from other transfers is what it ends with. */
import type { URLResponse } from '../model/response.ts'
import type { DownloadedFile } from './downloaded-file.ts'
import type { DownloadOptions } from './task-options.ts'
import { TransferTask, type TransferInlet, type TransferOrigin, type TransferOwner } from './transfer-task.ts'

/** What `finished` resolves with. */
export interface DownloadResult {
  readonly file: DownloadedFile
  readonly response: URLResponse
}

export interface DownloadOrigin extends TransferOrigin {
  readonly options: DownloadOptions
}

export type DownloadInlet = TransferInlet<DownloadTask, DownloadOrigin, DownloadResult>

/**
 * A download. It starts suspended; `resume()` starts it. In a background session it goes on after a reload or a crash: find it again with
 * `session.tasks('download')`. What was put at a `destination` stays there when the task is cancelled.
 */
export class DownloadTask extends TransferTask<DownloadResult, DownloadTask, DownloadOrigin> {
  readonly kind = 'download'

  /** @internal Made by a session alone. */
  static make(origin: DownloadOrigin, owner: TransferOwner): DownloadInlet {
    return new DownloadTask(origin, owner, 'download').inlet
  }
}
