/** Real sessions, in a page across origins and in Node, upload by the two protocols that hold functions of the user. */
import { AwsClient } from 'aws4fetch'
import { contentRangePut, s3Multipart } from 'urlsession'
import { expect, test } from 'vitest'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { realServer } from '../../support/real-server.ts'
import { bytesOf, makeSession, unique } from '../../support/session.ts'
import { keys, presigned } from './support/signing.ts'

const s3 = await realServer('s3')
const resumable = await realServer('content-range')
const MiB = 1 << 20
const aws = new AwsClient(keys)
const sign = presigned()

/** Equal, without the runner's comparison, which takes long for so many bytes. */
const same = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, index) => byte === other[index])

test.for([0, 100, 13 * MiB])('a file of %i bytes gets into a bucket', async (size) => {
  const url = `${s3.url}/bucket/${unique('film.mp4')}`
  const bytes = new Uint8Array(contentAt(1, 0, size))
  const session = makeSession()
  const { response } = await session.upload(url, new Blob([bytes], { type: 'video/mp4' }), {
    protocol: s3Multipart({ sign, checksum: 'crc32' }),
    chunkSize: 5 * MiB,
  })
  expect([response.status, response.url]).toEqual([200, url])
  expect(same(await bytesOf(await (await aws.fetch(url)).blob()), bytes)).toBe(true)
})

test('the headers of the request become the object’s, and nothing is added to what was signed', async () => {
  const url = `${s3.url}/bucket/${unique('note.txt')}`
  const headers = { 'content-type': 'text/plain', 'x-amz-meta-who': 'me' }
  const session = makeSession({ headers: { 'x-amz-acl': 'public-read', authorization: 'Bearer secret' } })
  await session.upload({ url, method: 'PUT', headers }, 'hello', { protocol: s3Multipart({ sign }) })
  const object = await aws.fetch(url)
  expect([object.headers.get('content-type'), object.headers.get('x-amz-meta-who')]).toEqual(['text/plain', 'me'])
})

test('a file gets through a resumable PUT, piece by piece', async () => {
  const bytes = new Uint8Array(contentAt(2, 0, MiB + 5))
  const session = makeSession()
  const request = { url: resumable.url, method: 'POST', headers: { 'x-goog-resumable': 'start' } }
  const { response } = await session.upload(request, new Blob([bytes]), {
    protocol: contentRangePut({ session: 'location' }),
    chunkSize: 300 * 1024,
  })
  expect(response.status).toBe(200)
  expect(same(await bytesOf(await (await fetch(response.url)).blob()), bytes)).toBe(true)
})
