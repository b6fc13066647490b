/** Files of all sizes get to S3 as they are, whoever signs, and go on after breaks with what the server has. */
import { expect, test } from 'vitest'
import { SeededChance } from '../../../../testing/src/fakes/fixed-chance.ts'
import { s3Multipart } from '../../../src/session/uploads/s3-multipart.ts'
import type { S3Sign, S3SignRequest } from '../../../src/session/uploads/s3-signing.ts'
import { aws } from './support/aws-sdk.ts'
import { drive, Driver } from './support/driver.ts'
import { MiB, content, eachWithS3 } from './support/s3.ts'
import { presigned, signedInHeaders } from './support/signing.ts'

const s3 = eachWithS3()
const least = { chunkSize: 1 }
const object = (key = 'films/1.mp4'): Uint8Array | undefined => s3.server.objects.get(`/bucket/${key}`)?.bytes
const same = (bytes: Uint8Array): void => {
  // The runner's own comparison takes a minute for so many bytes.
  expect(Buffer.compare(object() ?? Buffer.alloc(0), bytes), 'the object has the bytes of the file').toBe(0)
}

test.for([0, 1, 5 * MiB, 5 * MiB + 1, 17 * MiB])('a file of %i bytes arrives as it is', async (size) => {
  const bytes = content(size)
  const { end } = await drive(() => s3Multipart({ sign: presigned() }), s3.url(), bytes, { upload: least })
  expect(end.status).toBe(200)
  same(bytes)
  expect(s3.server.count('UploadPart')).toBe(Math.max(1, Math.ceil(size / (5 * MiB))))
})

test.for(['crc32', 'sha256'] as const)(
  'each part and the whole are checked by %s where that is asked for',
  async (checksum) => {
    const bytes = content(11 * MiB)
    await drive(() => s3Multipart({ sign: presigned(), checksum }), s3.url(), bytes, { upload: least })
    same(bytes)
    const [upload] = s3.server.seen
    expect(upload?.headers['x-amz-checksum-algorithm']).toBe(checksum.toUpperCase())
  },
)

test('the headers of the caller become the object’s, and a key may have any letters', async () => {
  const headers: [string, string][] = [
    ['content-type', 'text/plain'],
    ['x-amz-meta-who', 'me'],
  ]
  const key = 'a b/ö&(1)=é.bin'
  await drive(() => s3Multipart({ sign: presigned() }), s3.url(key), content(10), { upload: { headers } })
  expect(s3.server.objects.get(`/bucket/${key}`)?.headers).toMatchObject({
    'content-type': 'text/plain',
    'x-amz-meta-who': 'me',
  })
})

test('signatures in headers do as well as those in the URL', async () => {
  const bytes = content(6 * MiB)
  await drive(() => s3Multipart({ sign: signedInHeaders, checksum: 'crc32' }), s3.url(), bytes, { upload: least })
  same(bytes)
})

test('a backend that presigns with the AWS SDK does, and may put the object where it likes', async () => {
  const bytes = content(6 * MiB)
  const Key = 'films/1.mp4'
  const requests: S3SignRequest[] = []
  const sign: S3Sign = async (request) => {
    requests.push(JSON.parse(JSON.stringify(request)) as S3SignRequest)
    const { operation, uploadId, partNumber, headers } = request
    const input = {
      Bucket: 'bucket',
      Key,
      ...(uploadId !== null && { UploadId: uploadId }),
      ...(partNumber !== null && { PartNumber: partNumber, ChecksumCRC32: headers['x-amz-checksum-crc32'] }),
      ...(operation === 'CreateMultipartUpload' && { ChecksumAlgorithm: 'CRC32' }),
      ...(operation === 'ListParts' && {
        PartNumberMarker: new URL(request.url).searchParams.get('part-number-marker'),
      }),
    }
    const { url } = await aws({ endpoint: s3.server.url, secret: 'secret', command: operation, input, presign: true })
    return { url: String(url) }
  }
  await drive(() => s3Multipart({ sign, checksum: 'crc32' }), s3.url('wherever'), bytes, { upload: least })
  same(bytes)
  expect(requests.map(({ operation, partNumber }) => [operation, partNumber])).toEqual([
    ['CreateMultipartUpload', null],
    ['UploadPart', 1],
    ['UploadPart', 2],
    ['CompleteMultipartUpload', null],
  ])
  expect(new URL(requests.at(-1)?.url ?? '').pathname).toBe('/bucket/films/1.mp4')
})

test('what the server has is found over several pages, and is not sent again', async () => {
  s3.server.page = 2
  s3.server.fault('CompleteMultipartUpload', {
    status: 503,
    code: 'SlowDown',
    message: 'Please reduce your request rate.',
  })
  const bytes = content(26 * MiB)
  const { breaks } = await drive(() => s3Multipart({ sign: presigned() }), s3.url(), bytes, {
    upload: least,
    breaks: 1,
  })
  same(bytes)
  expect(breaks).toBe(1)
  expect([s3.server.count('ListParts'), s3.server.count('UploadPart')]).toEqual([3, 6])
})

test('a part of another size than its lane is not trusted, and is sent again', async () => {
  const bytes = content(12 * MiB)
  const driver = new Driver(s3.url(), bytes, { upload: least })
  s3.server.fault('CompleteMultipartUpload', { status: 503, code: 'SlowDown', message: 'later' })
  const protocol = s3Multipart({ sign: presigned() })
  await expect(driver.live(protocol)).rejects.toMatchObject({ retryable: true, status: 503 })
  const [upload] = s3.server.uploads.values()
  const second = upload?.parts.get(2) ?? expect.fail('no second part')
  upload?.parts.set(2, { ...second, bytes: second.bytes.subarray(1) })
  await driver.live(protocol)
  same(bytes)
  expect(s3.server.count('UploadPart')).toBe(4)
})

test.for(Array.from({ length: 12 }, (_, seed) => seed))(
  'breaks at random points (seed %i) cost no byte',
  async (seed) => {
    const chance = new SeededChance(seed)
    const bytes = content(chance.between(0, 24 * MiB), seed)
    const operations = ['CreateMultipartUpload', 'UploadPart', 'ListParts', 'CompleteMultipartUpload']
    for (let faults = chance.between(1, 6); faults > 0; faults--)
      s3.server.fault(chance.pick(operations), chance.pick(faultsOfChance), chance.between(0, 4))
    s3.server.page = chance.between(1, 5)
    await drive(
      () => s3Multipart({ sign: presigned(), ...(chance.next() < 0.5 && { checksum: 'crc32' }) }),
      s3.url(),
      bytes,
      {
        upload: least,
        breaks: 100,
        parallel: chance.between(1, 4),
        fate: () => (chance.next() < 0.15 ? chance.pick(['unsent', 'unanswered'] as const) : 'sent'),
      },
    )
    same(bytes)
  },
)

const faultsOfChance = [
  'cut',
  'lost',
  { in200: 'InternalError' },
  { status: 503, code: 'SlowDown', message: 'Please reduce your request rate.' },
  { status: 500, code: 'InternalError', message: 'We encountered an internal error. Please try again.' },
  { status: 400, code: 'RequestTimeout', message: 'Your socket connection to the server was not read from in time.' },
] as const
