/** The server that the tests stand on is asked by clients of others, and must treat them as S3 does. */
import { AwsClient } from 'aws4fetch'
import { expect, test } from 'vitest'
import type { AWSOrder } from './support/aws-sdk-process.ts'
import { aws } from './support/aws-sdk.ts'
import { MiB, content, eachWithS3 } from './support/s3.ts'
import { keys } from './support/signing.ts'

const s3 = eachWithS3()

const ask = (command: AWSOrder['command'], input: object, secret = 'secret'): Promise<Record<string, unknown>> =>
  aws({ endpoint: s3.server.url, secret, command, input: { Bucket: 'bucket', ...input } })

test('the AWS SDK uploads two parts, lists them, and reads back what it wrote', async () => {
  const Key = 'ümlauts and spaces+(1).bin'
  const bytes = content(6 * MiB)
  const { UploadId } = await ask('CreateMultipartUpload', { Key, ChecksumAlgorithm: 'CRC32' })
  const upload = { Key, UploadId }
  const parts = [bytes.slice(0, 5 * MiB), bytes.slice(5 * MiB)]
  const sent = await Promise.all(
    parts.map((Body, index) =>
      ask('UploadPart', { ...upload, PartNumber: index + 1, Body, ChecksumAlgorithm: 'CRC32' }),
    ),
  )
  const { Parts } = await ask('ListParts', upload)
  expect(Parts).toMatchObject([
    { Size: 5 * MiB, ETag: sent[0]?.['ETag'] },
    { Size: MiB, ETag: sent[1]?.['ETag'] },
  ])
  const named = (Parts as Record<string, unknown>[]).map(({ PartNumber, ETag, ChecksumCRC32 }) => ({
    PartNumber,
    ETag,
    ChecksumCRC32,
  }))
  const done = await ask('CompleteMultipartUpload', { ...upload, MultipartUpload: { Parts: named } })
  expect(done['ETag']).toMatch(/^"[\da-f]{32}-2"$/)
  expect((await ask('HeadObject', { Key }))['ContentLength']).toBe(6 * MiB)
  expect((await ask('GetObject', { Key }))['Body']).toEqual(bytes)
})

test('the AWS SDK is told of a wrong secret, a small part, a wrong tag and an upload that is gone', async () => {
  const Key = 'x'
  const named = (name: string): unknown => expect.objectContaining({ name })
  await expect(ask('CreateMultipartUpload', { Key }, 'wrong')).rejects.toEqual(named('SignatureDoesNotMatch'))
  const { UploadId } = await ask('CreateMultipartUpload', { Key })
  const upload = { Key, UploadId }
  const tags = await Promise.all(
    [1, 2].map(async (PartNumber) => {
      const { ETag } = await ask('UploadPart', { ...upload, PartNumber, Body: content(MiB) })
      return { PartNumber, ETag }
    }),
  )
  const complete = (Parts: object[]): Promise<unknown> =>
    ask('CompleteMultipartUpload', { ...upload, MultipartUpload: { Parts } })
  await expect(complete(tags)).rejects.toEqual(named('EntityTooSmall'))
  await expect(complete([{ PartNumber: 1, ETag: '"0"' }])).rejects.toEqual(named('InvalidPart'))
  await ask('AbortMultipartUpload', upload)
  await expect(ask('ListParts', upload)).rejects.toEqual(named('NoSuchUpload'))
})

test('aws4fetch signs in the query and in headers alike, and neither is taken when anything was changed', async () => {
  const url = `${s3.url('a b/ö(1)+.bin')}?uploads=`
  const client = new AwsClient(keys)
  const status = async (request: Request): Promise<number> => (await fetch(request)).status
  const inQuery = (): Promise<Request> => client.sign(url, { method: 'POST', aws: { signQuery: true } })
  expect(await status(await inQuery())).toBe(200)
  expect(await status(await client.sign(url, { method: 'POST' }))).toBe(200)
  const { url: signed } = await inQuery()
  expect(await status(new Request(signed.replace('uploads=', 'uploads=1'), { method: 'POST' }))).toBe(403)
  expect(await status(new Request(signed, { method: 'POST', headers: { 'x-amz-acl': 'public-read' } }))).toBe(403)
  s3.server.now = () => Date.now() + 90_000_000
  expect(await status(new Request(signed, { method: 'POST' }))).toBe(403)
})
