/** An upload as the caller holds it: what makes it different from other transfers is where its bytes come from. */
import type { URLResponse } from '../model/response.ts'
import type { UploadBody } from '../model/upload-options.ts'
import type { UploadProtocol } from '../model/upload-protocol.ts'
import type { UploadOptions } from './task-options.ts'
import { TransferTask, type TransferInlet, type TransferOrigin, type TransferOwner } from './transfer-task.ts'

/** What `finished` resolves with: the server's answer, of any status. */
export interface UploadResult {
  readonly data: Uint8Array<ArrayBuffer>
  readonly response: URLResponse
}

export interface UploadOrigin extends TransferOrigin {
  readonly options: UploadOptions
  /** Null for a task of an earlier life. */
  readonly body: UploadBody | null
  /** Finds the session's own protocol of a name. */
  readonly protocolOf: (name: string) => UploadProtocol | null
}

export type UploadInlet = TransferInlet<UploadTask, UploadOrigin, UploadResult> & {
  readonly accept: (bytes: number) => void
}

/**
 * An upload. It starts suspended; `resume()` starts it. In a background session it goes on after a reload or a crash, where its bytes can be
 * found again: find it with `session.tasks('upload')`. Suspending ends the request that is under way; what the server has is not sent
 * again, except with `'plain'`, which starts over, or goes on to its end where it must not be sent twice.
 */
export class UploadTask extends TransferTask<UploadResult, UploadTask, UploadOrigin> {
  readonly kind = 'upload'
  #accepted = 0

  /** @internal Made by a session alone. */
  static make(origin: UploadOrigin, owner: TransferOwner, coarse: boolean): UploadInlet {
    const task = new UploadTask(origin, owner, coarse ? 'coarse upload' : 'upload')
    task.#accepted = origin.restored?.received ?? 0
    return Object.assign(task.inlet, {
      accept: (bytes: number) => {
        task.#accepted = bytes
      },
    })
  }

  /** Bytes that the server has said it has; `progress` counts those that left. */
  get accepted(): number {
    return this.#accepted
  }

  /**
   * Asks the user to let the file be read once more, while `waitingFor` is `'file-permission'`. Call it in the handler of a click: browsers
   * ask for nothing else.
   * @returns Whether it may be read.
   */
  async requestFilePermission(): Promise<boolean> {
    return (await this.call((run) => run.requestFilePermission())) ?? false
  }
}
