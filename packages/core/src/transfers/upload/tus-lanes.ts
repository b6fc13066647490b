/** A file as one tus upload, or as several beside one another, which the server joins in the end (extension `concatenation`). */
import { isCount, isNumber, isString, listOf, orNull, shape } from '../../model/checks.ts'
import { OPEN_END, type UploadAnswer, type UploadClient, type UploadInfo } from '../../model/upload-protocol.ts'
import { URLError } from '../../model/url-error.ts'
import { creationFailureOf, expiryIn, failureOf, tooLarge } from './tus-answers.ts'
import { isGood, locationIn, unusable } from './upload-answers.ts'
import { tusRequest } from './tus-request.ts'

/** An upload on the server, or one for each lane. */
export type TusState = {
  readonly urls: readonly string[]
  /** Bytes of a lane; the last one is shorter. */
  readonly lane: number
  /** When the server will have forgotten it, by our clock; null where it did not say. */
  readonly expires: number | null
  /** The server was not told yet how long it will be. */
  readonly deferred?: boolean
}

const isState = shape({ urls: listOf(isString), lane: isCount, expires: orNull(isNumber) })

/** False for what another version stored, or of another file. */
export const isStateOf = ({ size }: UploadInfo, state: TusState): boolean =>
  isState(state) && state.urls.length === Math.ceil(size / state.lane)

/** The lane that a byte is in: where it begins in the file, its bytes, its upload. */
export function laneAt(
  { size }: UploadInfo,
  { urls, lane }: TusState,
  at: number,
): { readonly start: number; readonly length: number; readonly url: string } {
  const index = Math.floor(at / lane)
  return { start: index * lane, length: Math.min(lane, size - index * lane), url: urls[index] ?? '' }
}

/**
 * Bytes of a lane: all of them where one is wanted, where no lane would fill a part, and where the server does not say that it can join
 * several, which would show only after the last byte.
 * @throws {URLError} `dataLengthExceedsMaximum`, which would else show as late.
 */
export async function laneSize(upload: UploadInfo, client: UploadClient): Promise<number> {
  const { size, parallel, chunkSize, url } = upload
  const lanes = Math.min(parallel ?? 1, Math.ceil(size / (chunkSize ?? 1)))
  if (lanes < 2 || size === OPEN_END) return size
  const answer = await optionsOf(url, client)
  if (!answer) return size
  if (size > (Number(answer.headers.get('tus-max-size')) || size)) throw tooLarge(answer)
  return extensionsIn(answer).includes('concatenation') ? Math.ceil(size / lanes) : size
}

/**
 * Whether the server says that it takes an upload whose length it is told later (extension `creation-defer-length`); null where a browser
 * shows no answer, which may be for ever or for now.
 */
export async function defersLength(url: string, client: UploadClient): Promise<boolean | null> {
  const answer = await optionsOf(url, client)
  return answer && extensionsIn(answer).includes('creation-defer-length')
}

/** @throws {URLError} that may be tried again. */
async function optionsOf(url: string, client: UploadClient): Promise<UploadAnswer | null> {
  const answer = await client.send(tusRequest('OPTIONS', url)).catch((error: unknown) => {
    // A page may be kept from seeing this answer alone, and is not told so; without a network the next request fails too.
    if (URLError.is(error) && error.opaque) return null
    throw error
  })
  if (answer && !isGood(answer) && failureOf(answer).retryable) throw failureOf(answer)
  return answer
}

const extensionsIn = ({ headers }: UploadAnswer): string[] =>
  (headers.get('tus-extension') ?? '').split(',').map((one) => one.trim())

/** An upload for each lane. Where one cannot be had, the others are given up. */
export async function makeLanes(upload: UploadInfo, lane: number, client: UploadClient): Promise<TusState> {
  const { size, url } = upload
  const starts = Array.from({ length: Math.ceil(size / lane) }, (_, index) => index * lane)
  const made = await Promise.allSettled(
    starts.map(async (start) => {
      const headers = { 'Upload-Length': String(Math.min(lane, size - start)), 'Upload-Concat': 'partial' }
      const answer = await client.send(tusRequest('POST', url, headers))
      if (!isGood(answer)) throw creationFailureOf(answer)
      return { answer, url: locationIn(answer), expires: expiryIn(answer, Date.now()) }
    }),
  )
  const parts = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const urls = parts.map((one) => one.url)
  const failed = made.find((one) => one.status === 'rejected')
  if (failed) {
    await deleteAll(urls, client).catch(() => {})
    throw failed.reason
  }
  const twice = parts.find(({ url: one }, index) => urls.indexOf(one) !== index)
  if (twice) throw unusable(twice.answer, { why: 'it gave one upload for two lanes' })
  // The last to go tells: they were made together, and what is missing of them shows by itself.
  const expires = Math.max(0, ...parts.map((one) => one.expires ?? 0)) || null
  return { urls, lane, expires }
}

/**
 * Tells the server that these are not wanted any more (extension `termination`).
 * @throws {URLError} that may be tried again; what a server will not do, it will not do.
 */
export async function deleteAll(urls: readonly string[], client: UploadClient): Promise<void> {
  await Promise.all(
    urls.map(async (url) => {
      const answer = await client.send(tusRequest('DELETE', url))
      if (!isGood(answer) && failureOf(answer).retryable) throw failureOf(answer)
    }),
  )
}
