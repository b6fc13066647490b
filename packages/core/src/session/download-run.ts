/** A download's line to the engine: how it is described there, and how its file is handed over. */
import { parseIntegrity } from '../model/integrity.ts'
import { named } from '../model/named-response.ts'
import { URLResponse } from '../model/response.ts'
import type { DownloadResumeData } from '../model/resume-data.ts'
import type { NewDownload, NewTransfer } from '../wire/commands.ts'
import type { EngineEvent } from '../wire/events.ts'
import { DownloadedFile } from './downloaded-file.ts'
import type { DownloadOrigin, DownloadResult, DownloadTask } from './download-task.ts'
import { TransferRun } from './transfer-run.ts'

export class DownloadRun extends TransferRun<DownloadTask, DownloadOrigin, DownloadResult> {
  protected describe(common: NewTransfer): NewDownload {
    const { options, resumeData, adopted } = this.inlet.origin
    return {
      ...common,
      kind: 'download',
      resumeData: resumeData as DownloadResumeData | null,
      integrity: options.integrity === undefined ? null : parseIntegrity(options.integrity),
      connections: options.connections ?? 1,
      maximumSize: options.maximumSize ?? null,
      destination: options.destination ?? null,
      adopted: adopted !== null,
    }
  }

  protected moved(): void {
    this.bytes.moved('didWriteData')
  }

  protected async finish(event: Extract<EngineEvent, { type: 'finished' | 'uploaded' }>): Promise<void> {
    if (event.type !== 'finished') return
    const { file, response: head, metrics } = event
    const { task, teller, origin, progress, responded } = this.inlet
    const response = named(head)
    responded(response)
    const reference = { ...file, name: response.filename }
    const downloaded = new DownloadedFile(reference, this.keeper)
    // Whoever cancelled is obeyed, though the file was there already.
    const { cancelled } = this
    teller.last = true
    const taker = origin.promised || cancelled ? null : teller.for('didFinishDownloading')
    if (taker) await teller.ask('didFinishDownloading', (delegate) => delegate.didFinishDownloading?.(task, downloaded))
    const { failure } = teller
    // A delegate that failed to take a file of gigabytes must not cost its bytes.
    const keeps = failure !== null || (cancelled !== null && this.cancelKeepsBytes)
    const kept = keeps ? await this.keeper.call('park', this.uid).catch(() => null) : null
    const error = (failure ?? cancelled)?.with({ resumeData: kept, bytesTransferred: reference.size }) ?? null
    progress.end(error ? null : reference.size)
    const result = error ? null : { file: downloaded, response: new URLResponse(response) }
    await this.over(error, metrics, result, taker === null && !error)
  }
}
