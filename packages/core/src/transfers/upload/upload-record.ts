/** The record of an upload: how a new one begins, and whether an old one can be read. */
import {
  faultIn,
  isCount,
  isLine,
  isNumber,
  isText,
  listOf,
  oneOf,
  orNull,
  shape,
  type Check,
  type Fields,
} from '../../model/checks.ts'
import { UPLOAD_RESUME_DATA_KIND, type UploadResumeData } from '../../model/resume-data.ts'
import { fileOf } from '../../model/uid.ts'
import type { UploadInfo } from '../../model/upload-protocol.ts'
import { URLError } from '../../model/url-error.ts'
import { withoutCredentials } from '../../model/credential-headers.ts'
import type { CommonRecord, StoredSource, UploadMade, UploadRecord, UploadState } from '../../storage/records.ts'
import type { NewUpload, UploadSource } from '../../wire/commands.ts'

const anything: Check = () => true

const print = shape({ size: isCount, modified: orNull(isNumber), sample: orNull(isLine) })
const made = shape({
  state: anything,
  lanes: orNull(shape({ size: isCount, whole: oneOf(true, false) })),
  least: isCount,
  most: isCount,
  pieces: listOf(shape({ from: isCount, to: isCount }), 10_000),
})
const isHandle: Check = (value) => typeof value === 'object' && value !== null && 'getFile' in value
const source: Check = (value) =>
  shape({ at: oneOf('store', 'session') })(value) ||
  shape({ at: oneOf('handle'), handle: isHandle })(value) ||
  shape({ at: oneOf('path'), path: isLine })(value)

const FIELDS: Fields = {
  protocol: (value) => isText(value, 1, 64),
  options: anything,
  chunkSize: orNull(isCount),
  parallel: orNull(isCount),
  bytesPerSecond: orNull(isCount),
  name: isLine,
  type: isLine,
  source,
  print: orNull(print),
  made: orNull(made),
  response: anything,
}

/** What cannot be read in a stored upload, or null. */
export const faultInUpload = ({ upload }: UploadRecord): string | null => faultIn(FIELDS, upload)

export function uploadRecord(common: CommonRecord, task: NewUpload): UploadRecord {
  const { protocol, options, chunkSize, parallel, bytesPerSecond, source: given, resumeData } = task
  const fresh: UploadState = {
    protocol,
    options,
    chunkSize,
    parallel,
    bytesPerSecond,
    name: given.name,
    type: given.type,
    source: storedSource(given),
    print: null,
    made: null,
    response: null,
  }
  return { ...common, kind: 'upload', upload: resumeData ? { ...fresh, ...resumed(resumeData) } : fresh }
}

/** Where a later life would find the bytes, as far as that is known before anything was copied. */
function storedSource({ from }: UploadSource): StoredSource {
  if (!from) return { at: 'session' }
  if ('path' in from) return { at: 'path', path: from.path }
  return 'getFile' in from ? { at: 'handle', handle: from } : { at: 'session' }
}

/** What its protocol is told. @param file Asked for its size each time: that of a stream may become known meanwhile. */
export function uploadInfo(
  { request, uid, metadata, upload }: UploadRecord,
  file: { readonly size: number },
): UploadInfo {
  const { url, method, headers } = request
  const { name, type, chunkSize, parallel } = upload
  return {
    url,
    method,
    headers,
    get size() {
      return file.size
    },
    name,
    type,
    metadata,
    id: fileOf(uid),
    chunkSize,
    parallel,
  }
}

/** Where the upload is, for whoever goes on with it in another task. */
export function uploadResumeData({ uid, request, upload }: UploadRecord): UploadResumeData | null {
  const { made: server, print: file } = upload
  if (!server || !file) return null
  return {
    kind: UPLOAD_RESUME_DATA_KIND,
    v: 1,
    token: uid,
    url: request.url,
    method: request.method,
    headers: withoutCredentials(request.headers),
    received: sum(server),
    total: file.size,
    protocol: upload.protocol,
    upload: { made: server, print: file, options: upload.options },
  }
}

/** Bytes that the server has. */
export const sum = (server: UploadMade | null): number =>
  server?.pieces.reduce((all, { from, to }) => all + to - from, 0) ?? 0

function resumed({ upload, url, protocol }: UploadResumeData): Partial<UploadState> {
  const { made: server, print: file, options } = upload as Partial<UploadState>
  if (!made(server) || !print(file))
    throw new URLError('badResumeData', { url, phase: 'setup', why: 'what it says of the upload is damaged' })
  return { protocol, made: server as UploadMade, print: file as UploadState['print'], options: options ?? null }
}
