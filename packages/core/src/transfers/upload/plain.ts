/**
 * One ordinary request with the whole file as its body. It cannot be gone on with: what may be repeated (RFC 9110 §9.2.2, or an
 * `Idempotency-Key`) starts over, anything else is sent once.
 */
import type { UploadAnswer, UploadClient, UploadInfo, UploadProtocol } from '../../model/upload-protocol.ts'
import { URLError } from '../../model/url-error.ts'
import { isRepeatable, isTransientStatus, isUnsent } from '../../loading/retry.ts'

/** `sent`: some of it may have arrived. */
type State = { readonly sent: boolean }

const mayRepeat = ({ method, headers }: UploadInfo): boolean =>
  isRepeatable(method) || headers.some(([name]) => name === 'idempotency-key')

export const plain: UploadProtocol<State> = {
  name: 'plain',
  async create({ size }) {
    return { state: { sent: false }, lanes: { size: Math.max(1, size), whole: true } }
  },
  async locate(upload, { sent }) {
    if (!sent || mayRepeat(upload)) return { pieces: [] }
    const why = `it was being sent when the page or the network went away, and a ${upload.method} is not sent twice`
    const hint = 'use a protocol that can be gone on with, a PUT, or an Idempotency-Key'
    throw new URLError('networkConnectionLost', { url: upload.url, phase: 'body', retryable: false, why, hint })
  },
  part: async (upload, _state, _part, client) => ({ end: await whole(upload, client) }),
  finish: async (upload, _state, _pieces, client) => ({ end: await whole(upload, client) }),
}

async function whole(upload: UploadInfo, client: UploadClient): Promise<UploadAnswer> {
  const { url, method, size, type } = upload
  const given = Object.fromEntries(upload.headers)
  const headers = { ...(type && !given['content-type'] && { 'content-type': type }), ...given }
  const repeatable = mayRepeat(upload)
  let answer: UploadAnswer
  try {
    await client.keep({ sent: true })
    answer = await client.send({ method, url, headers, range: [0, size] })
  } catch (thrown) {
    const error = URLError.from(thrown, 'unknown', { url })
    // What never reached the server may be tried again, whatever it is.
    const unsent = isUnsent(error)
    if (unsent) await client.keep({ sent: false })
    throw repeatable || unsent ? error : error.with({ retryable: false })
  }
  const { status } = answer
  const refused = status === 425 || status === 429
  if (client.last || !isTransientStatus(status) || !(repeatable || refused)) return answer
  if (refused) await client.keep({ sent: false })
  throw new URLError('badServerResponse', { url, phase: 'response', status, why: `HTTP ${status}`, retryable: true })
}
