/** What a download cannot be here, said at the call. */
import type { DownloadDestination } from '../model/download-options.ts'
import type { NormalRequest } from '../model/request.ts'
import { URLError } from '../model/url-error.ts'

/** @throws {URLError} `unsupportedByPlatform`. */
export function assertFitForBackground(
  { url, method }: Pick<NormalRequest, 'url' | 'method'>,
  promised: boolean,
): void {
  const why = promised
    ? 'a promise cannot outlive the page, as a background session’s tasks do'
    : method === 'GET'
      ? null
      : `a background download must be a GET, which can be repeated, not ${method}`
  if (why === null) return
  const hint = promised
    ? 'use downloadTask or uploadTask, resume() it and await task.finished'
    : 'use a default session'
  throw new URLError('unsupportedByPlatform', { url, phase: 'setup', why, hint })
}

/** @throws {URLError} `unsupportedByPlatform` for a path in a browser, and a picked file elsewhere. */
export function assertPlace(destination: DownloadDestination | undefined, url: string, hasPaths: boolean): void {
  if (destination === undefined || (typeof destination === 'string') === hasPaths) return
  const why = hasPaths ? 'there is no file picker here, so there are no picked files' : 'a browser writes to no paths'
  const hint = hasPaths ? 'give a path as destination' : 'use file.save(), or a handle from showSaveFilePicker()'
  throw new URLError('unsupportedByPlatform', { url, phase: 'setup', why, hint })
}
