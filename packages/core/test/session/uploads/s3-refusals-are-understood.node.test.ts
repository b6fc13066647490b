/** What S3 refuses, and what a user's signing does wrong, becomes a way on or an error that says what to do; and no secret gets out. */
import { expect, test } from 'vitest'
import type { UploadProtocol } from '../../../src/model/upload-protocol.ts'
import { URLError } from '../../../src/model/url-error.ts'
import { s3Multipart, type S3MultipartOptions } from '../../../src/session/uploads/s3-multipart.ts'
import type { S3Sign } from '../../../src/session/uploads/s3-signing.ts'
import { makeSession } from '../../support/session.ts'
import { drive, Driver, type DriveOptions } from './support/driver.ts'
import { MiB, content, eachWithS3 } from './support/s3.ts'
import { presigned } from './support/signing.ts'

const s3 = eachWithS3()
const bytes = content(12 * MiB)
const upload = { chunkSize: 1 }
const made = (options: Partial<S3MultipartOptions> = {}): UploadProtocol =>
  s3Multipart({ sign: presigned(), ...options })
const object = (): Buffer | undefined => s3.server.objects.get('/bucket/films/1.mp4')?.bytes
const arrived = (): boolean => Buffer.compare(object() ?? Buffer.alloc(0), bytes) === 0

async function failure(options: Partial<S3MultipartOptions> = {}, more: DriveOptions = {}): Promise<URLError> {
  try {
    await drive(() => made(options), s3.url(), bytes, { upload, ...more })
  } catch (error) {
    if (URLError.is(error)) return error
    throw error
  }
  return expect.fail('it did not fail')
}

test.for([
  ['AccessDenied', 403, 'Request has expired'],
  ['RequestTimeTooSkewed', 403, 'The difference between the request time and the current time is too large.'],
  ['ExpiredToken', 400, 'The provided token has expired.'],
  ['ExpiredRequest', 400, 'Presigned URL has expired.'],
] as const)(
  'a signature that is over (%s, %i) is renewed once, for all parts that it hit',
  async ([code, status, message]) => {
    const renewed: boolean[] = []
    const sign: S3Sign = (request, signal) => {
      renewed.push(request.renew)
      return presigned()(request, signal)
    }
    for (let hit = 0; hit < 3; hit++) s3.server.fault('UploadPart', { status, code, message })
    await drive(() => made({ sign }), s3.url(), bytes, { upload, parallel: 3 })
    expect(arrived()).toBe(true)
    expect(renewed.filter(Boolean)).toHaveLength(1)
    expect([s3.server.count('UploadPart'), renewed.length]).toEqual([6, 8])
  },
)

test('credentials that expire on the way are asked for again, and the upload goes on', async () => {
  let token = 'first'
  s3.server.keys = [{ id: 'AKIDEXAMPLE', secret: 'secret', token: 'first', until: Date.now() + 3_600_000 }]
  const sign: S3Sign = (request, signal) => {
    if (request.renew) token = 'second'
    if (request.operation === 'UploadPart' && request.partNumber === 2)
      s3.server.keys = [{ id: 'AKIDEXAMPLE', secret: 'secret', token: 'second' }]
    return presigned({ sessionToken: token })(request, signal)
  }
  await drive(() => made({ sign }), s3.url(), bytes, { upload, parallel: 1 })
  expect(arrived()).toBe(true)
})

test('a signature that is refused again is an error with the server’s code, and nothing on the server is lost', async () => {
  for (let hit = 0; hit < 2; hit++)
    s3.server.fault('CompleteMultipartUpload', { status: 403, code: 'AccessDenied', message: 'Request has expired' })
  const error = await failure()
  expect(error).toMatchObject({ code: 'userAuthenticationRequired', status: 403, retryable: false })
  expect(error.message).toContain('CompleteMultipartUpload was refused with AccessDenied: Request has expired')
  expect([...s3.server.uploads.values()].map(({ parts }) => parts.size)).toEqual([3])
})

test('a wrong signature is not asked for twice', async () => {
  const error = await failure({ sign: presigned({ secretAccessKey: 'wrong' }) })
  expect(error).toMatchObject({ code: 'userAuthenticationRequired', retryable: false })
  expect(error.message).toContain('SignatureDoesNotMatch')
  expect(s3.server.seen).toHaveLength(1)
})

test.for([
  ['SlowDown', 503],
  ['InternalError', 500],
  ['RequestTimeout', 400],
  ['OperationAborted', 409],
] as const)('%s (%i) may pass', async ([code, status]) => {
  s3.server.fault('UploadPart', { status, code, message: 'later' })
  expect(await failure()).toMatchObject({ status, retryable: true })
})

test('an error behind a 200 is none the less one, and may pass', async () => {
  s3.server.fault('CompleteMultipartUpload', { in200: 'InternalError' })
  const { breaks } = await drive(() => made(), s3.url(), bytes, { upload, breaks: 1 })
  expect([breaks, arrived()]).toEqual([1, true])
})

test('a completion that was done without its answer arriving is found to be done', async () => {
  s3.server.fault('CompleteMultipartUpload', 'lost')
  const { end } = await drive(() => made(), s3.url(), bytes, { upload, breaks: 1 })
  expect([end.status, arrived(), s3.server.count('CreateMultipartUpload')]).toEqual([200, true, 1])
})

test('an object that must not be there yet is completed once, and refused where it is', async () => {
  const careful = { upload: { ...upload, headers: [['if-none-match', '*']] as [string, string][] } }
  s3.server.fault('CompleteMultipartUpload', 'lost')
  const { end } = await drive(() => made(), s3.url(), bytes, { ...careful, breaks: 1 })
  expect([end.status, arrived()]).toEqual([200, true])
  const error = await failure({}, careful)
  expect(error).toMatchObject({ code: 'badServerResponse', status: 412, retryable: false })
  expect(error.message).toContain('PreconditionFailed')
})

test('without an answer to HeadObject, an upload that may be complete is sent again', async () => {
  const sign: S3Sign = async (request, signal) =>
    request.operation === 'HeadObject' ? null : presigned()(request, signal)
  s3.server.fault('CompleteMultipartUpload', 'lost')
  await drive(() => made({ sign }), s3.url(), bytes, { upload, breaks: 1 })
  expect([arrived(), s3.server.count('CreateMultipartUpload')]).toEqual([true, 2])
})

test('an older object of that name is no proof of completion', async () => {
  await drive(() => made(), s3.url(), content(12 * MiB, 2), { upload })
  const driver = new Driver(s3.url(), bytes, { upload })
  s3.server.fault('CompleteMultipartUpload', { status: 404, code: 'NoSuchUpload', message: 'gone' })
  await driver.live(made())
  expect([arrived(), s3.server.count('CreateMultipartUpload')]).toEqual([true, 3])
})

test('an upload that the server has forgotten is made anew', async () => {
  const driver = new Driver(s3.url(), bytes, { upload })
  s3.server.fault('CompleteMultipartUpload', { status: 503, code: 'SlowDown', message: 'later' })
  await expect(driver.live(made())).rejects.toThrow('SlowDown')
  s3.server.uploads.clear()
  await driver.live(made())
  expect([arrived(), s3.server.count('CreateMultipartUpload')]).toEqual([true, 2])
})

test('a part that arrived damaged is sent again', async () => {
  s3.server.fault('UploadPart', { status: 400, code: 'BadDigest', message: 'The CRC32 you specified did not match.' })
  await drive(() => made({ checksum: 'crc32' }), s3.url(), bytes, { upload })
  expect([arrived(), s3.server.count('UploadPart')]).toEqual([true, 4])
})

test('a part whose tag the server does not know any more is asked for, and sent again', async () => {
  const driver = new Driver(s3.url(), bytes, { upload })
  s3.server.fault('CompleteMultipartUpload', 'cut')
  await expect(driver.live(made())).rejects.toMatchObject({ code: 'networkConnectionLost' })
  const forgetful = made()
  const { locate } = forgetful
  let asked = 0
  forgetful.locate = async (...given) => {
    const located = await locate.apply(forgetful, given)
    if (++asked === 1) s3.server.uploads.values().next().value?.parts.delete(2)
    return located
  }
  await driver.live(forgetful)
  expect([arrived(), asked, s3.server.count('UploadPart')]).toEqual([true, 2, 4])
})

test('what can never be is an error with the server’s code and words, without the queries of URLs in them', async () => {
  const message = 'Too small, see https://s3.example/x?X-Amz-Signature=abc for more'
  s3.server.fault('CompleteMultipartUpload', { status: 400, code: 'EntityTooSmall', message })
  const error = await failure()
  expect(error).toMatchObject({ code: 'badServerResponse', status: 400, retryable: false })
  expect(error.message).toContain('EntityTooSmall: Too small, see https://s3.example/x?… for more')
  s3.server.fault('UploadPart', {
    status: 400,
    code: 'EntityTooLarge',
    message: 'Your proposed upload exceeds the maximum',
  })
  expect(await failure()).toMatchObject({ code: 'dataLengthExceedsMaximum' })
})

test('a part whose ETag is hidden is an error that says which header to expose', async () => {
  const hiding: UploadProtocol = made()
  const driver = new Driver(s3.url(), bytes, { upload })
  const { send } = driver.client
  driver.client.send = async (request) => {
    const answer = await send(request)
    const headers = new Headers([...answer.headers].filter(([name]) => name !== 'etag'))
    return { ...answer, headers }
  }
  await expect(driver.live(hiding)).rejects.toMatchObject({
    code: 'badServerResponse',
    retryable: false,
    message: expect.stringContaining('expose the header ETag') as string,
  })
})

test('an answer that is no XML, or another one, is an error and no crash', async () => {
  for (const body of [
    '',
    '<html><body>Hello</body></html>',
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    '<a>'.repeat(99),
  ]) {
    const driver = new Driver(s3.url(), bytes, { upload })
    driver.client.send = async ({ url }) => ({
      url,
      status: 200,
      statusText: 'OK',
      headers: new Headers(),
      body: new TextEncoder().encode(body),
    })
    await expect(driver.live(made())).rejects.toMatchObject({ code: 'cannotParseResponse', retryable: true })
  }
})

test('giving up frees what is on the server, and does so twice without harm', async () => {
  const driver = new Driver(s3.url(), bytes, { upload })
  s3.server.fault('CompleteMultipartUpload', { status: 503, code: 'SlowDown', message: 'later' })
  await expect(driver.live(made())).rejects.toThrow('SlowDown')
  const protocol = made()
  const cancel = async (): Promise<void> => protocol.cancel?.(driver.upload, driver.kept().state, driver.client)
  await cancel()
  await cancel()
  expect(s3.server.uploads.size).toBe(0)
})

test('a task that is cancelled leaves nothing on the server', async () => {
  const session = makeSession()
  const task = session.uploadTask(s3.url(), new Blob([bytes]), { protocol: made(), chunkSize: 5 * MiB, parallel: 1 })
  s3.server.fault('CompleteMultipartUpload', { status: 503, code: 'SlowDown', message: 'later' })
  const sent = s3.server.answers('UploadPart')
  const aborted = s3.server.answers('AbortMultipartUpload')
  task.resume()
  await sent
  expect(s3.server.uploads.size).toBe(1)
  task.cancel()
  await expect(task.finished).rejects.toMatchObject({ code: 'cancelled' })
  await aborted
  expect(s3.server.uploads.size).toBe(0)
})

test('a `sign` that throws is an error with what it threw, and may pass', async () => {
  const thrown = new Error('the backend is away')
  const error = await failure({ sign: () => Promise.reject(thrown) })
  expect(error).toMatchObject({ code: 'userAuthenticationRequired', retryable: true, cause: thrown })
  const final = new URLError('badServerResponse', { status: 403 })
  expect(await failure({ sign: () => Promise.reject(final) })).toMatchObject({ retryable: false, cause: final })
  const atOnce: S3Sign = () => {
    throw thrown
  }
  expect(await failure({ sign: atOnce })).toMatchObject({ cause: thrown })
})

test.for([
  { given: null },
  { given: undefined },
  { given: 'https://s3.example/?X-Amz-Signature=abc' },
  { given: {} },
  { given: { url: 'films/1.mp4' } },
  { given: { url: 'ftp://s3.example/' } },
  { given: { url: 'https://s3.example/', headers: { 'no header': '1' } } },
  { given: { url: 'https://s3.example/', headers: 'x' } },
])('a `sign` that gives what is no signed request ($given) is an error that says what to give', async ({ given }) => {
  const error = await failure({ sign: async () => given as never })
  expect(error).toMatchObject({ code: 'userAuthenticationRequired', retryable: false })
  expect(error.message).toContain('give { url }')
  expect(JSON.stringify(error.toRecord())).not.toContain('abc')
})

test('an upload that is stopped waits for no signature', async () => {
  const stop = new AbortController()
  const reason = new URLError('cancelled')
  const sign: S3Sign = () => {
    stop.abort(reason)
    return new Promise(() => {})
  }
  await expect(drive(() => made({ sign }), s3.url(), bytes, { signal: stop.signal })).rejects.toBe(reason)
})

test('no signature gets into what is stored, into errors or into the answer', async () => {
  const stored: string[] = []
  s3.server.fault('UploadPart', 'cut')
  const error = await failure()
  const { end, stored: more } = await drive(() => made(), s3.url(), bytes, { upload })
  stored.push(...more, JSON.stringify(error.toRecord()), error.message, JSON.stringify(end))
  expect(error.code).toBe('networkConnectionLost')
  expect(stored.join('\n')).not.toMatch(/X-Amz|Signature=/i)
})

test('options are checked at the call', () => {
  expect(() => s3Multipart({} as never)).toThrow('option "sign"')
  expect(() => s3Multipart({ sign: 'x' } as never)).toThrow('option "sign"')
  expect(() => s3Multipart({ sign: presigned(), checksum: 'md5' } as never)).toThrow('option "checksum"')
  expect(() => s3Multipart({ sign: presigned(), partSize: 1 } as never)).toThrow('unknown option "partSize"')
  expect(() => s3Multipart({ sign: presigned(), name: 'two words' })).toThrow('option "name"')
  expect([made().name, made({ name: 'other-bucket' }).name]).toEqual(['s3-multipart', 'other-bucket'])
})

test('a file that no number of parts can carry is refused before anything is sent', async () => {
  const size = 5 * 1024 ** 3 * 10_000 + 1
  const driver = new Driver(s3.url(), bytes, { upload: { size } })
  await expect(driver.live(made())).rejects.toMatchObject({ code: 'dataLengthExceedsMaximum' })
  expect(s3.server.seen).toEqual([])
})
