/** What the buttons of a row do. */
import type { Action } from './downloads/describe.ts'
import type { Download } from './downloads/download.ts'
import type { Downloads } from './downloads/downloads.ts'
import type { Verifications } from './verify/verifications.ts'

/** Carries out one action; those that do not fit the download's state do nothing. */
export async function act(
  download: Download,
  action: Action,
  downloads: Downloads,
  verifications: Verifications,
): Promise<void> {
  switch (download.kind) {
    case 'live':
      if (action === 'pause') download.task.suspend()
      if (action === 'resume') download.task.resume()
      // The bytes stay, so that a slip of the finger costs nothing.
      if (action === 'cancel') await download.task.cancelProducingResumeData()
      return
    case 'stopped':
      if (action === 'go-on') downloads.goOn(download)
      if (action === 'forget') downloads.forget(download)
      if (action === 'reload') location.reload()
      return
    case 'sending':
      if (action === 'pause') download.task.suspend()
      if (action === 'resume') download.task.resume()
      if (action === 'allow') await download.task.requestFilePermission()
      if (action === 'cancel') download.task.cancel()
      return
    case 'sent':
      if (action === 'forget') downloads.clear(download)
      return
    case 'done':
      if (action === 'save') await download.file.save()
      if (action === 'verify') await verifications.start(download)
      if (action === 'delete') await downloads.delete(download)
  }
}
