/** A data task that becomes a download (Apple's `becomeDownload`): its answer, body and all, goes to the engine as it is. */
import type { DataLoad } from '../loading/data-load.ts'
import { storableRequest, type DataRequest, type NormalRequest } from '../model/request.ts'
import { describeCause, URLError } from '../model/url-error.ts'
import type { DataInlet } from './data-task.ts'

/** @throws {URLError} `delegateFailed` for a request that could not be sent again. */
export async function becomeDownload({ task, origin, handOn }: DataInlet, load: DataLoad): Promise<void> {
  // What a cache had to say of the answer was said: what only requests ask of one is no more of use.
  const { cachePolicy } = origin.request
  const isOver = cachePolicy === 'force-cache' || cachePolicy === 'only-if-cached'
  const request = storable({ ...origin.request, cachePolicy: isOver ? 'default' : cachePolicy })
  const { retry: _retry, idempotencyKey: _idempotencyKey, earliestBeginDate: _date, ...options } = origin.options
  const { delegate, description, priority } = task
  const { answered } = load
  const answer = load.handOver()
  const inlet = origin.adopt({
    request,
    options: { ...options, delegate, description, priority },
    proposed: origin.request.proposed ?? null,
    resumeData: null,
    promised: false,
    restored: null,
    adopted: answer,
  })
  const { task: download, teller } = inlet
  inlet.responded(answered)
  // An engine that could not be had, or died first, never takes the body.
  void download.finished.catch(() => {}).then(() => answer.body.cancel())
  teller.tellCreated()
  handOn(load.end(null), download)
  await teller.question('didBecomeDownloadTask', (each) => each.didBecomeDownloadTask?.(task, download))
  download.resume()
}

function storable(request: DataRequest): NormalRequest {
  try {
    return storableRequest(request)
  } catch (cause) {
    const why = `didReceiveResponse answered "becomeDownload"; ${describeCause(cause) ?? ''}`
    throw new URLError('delegateFailed', { url: request.url, phase: 'delivery', why, cause })
  }
}
