/** A second opinion: S3 by s3rver, as far as that goes (it knows no ListParts and no abort). */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AwsClient } from 'aws4fetch'
import S3rver from 's3rver'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { s3Multipart } from '../../../src/session/uploads/s3-multipart.ts'
import type { S3Sign } from '../../../src/session/uploads/s3-signing.ts'
import { drive } from './support/driver.ts'
import { MiB, content } from './support/s3.ts'

const directory = mkdtempSync(join(tmpdir(), 'urlsession-s3rver-'))
const server = new S3rver({
  port: 0,
  address: '127.0.0.1',
  silent: true,
  directory,
  configureBuckets: [{ name: 'bucket', configs: [] }],
})
const client = new AwsClient({ accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER', service: 's3', region: 'us-east-1' })
let url = ''

beforeAll(async () => {
  const { port } = await server.run()
  url = `http://127.0.0.1:${port}/bucket/film.mp4`
})

afterAll(async () => {
  await server.close()
  rmSync(directory, { recursive: true, force: true })
})

const inQuery: S3Sign = async ({ method, url: plain, headers }) => ({
  url: (await client.sign(plain, { method, headers: { ...headers }, aws: { signQuery: true } })).url,
})
const inHeaders: S3Sign = async ({ method, url: plain, headers }) => {
  const signed = await client.sign(plain, { method, headers: { ...headers } })
  return { url: signed.url, headers: Object.fromEntries(signed.headers) }
}

test.for([
  ['the query', inQuery, 12 * MiB],
  ['headers', inHeaders, 6 * MiB],
  ['the query, of nothing', inQuery, 0],
] as const)('s3rver gives back what was uploaded with signatures in %s', async ([, sign, size]) => {
  const bytes = content(size)
  const { end } = await drive(() => s3Multipart({ sign }), url, bytes, { upload: { chunkSize: 1 } })
  expect(end.status).toBe(200)
  const back = await client.fetch(url)
  expect(Buffer.compare(Buffer.from(await back.arrayBuffer()), bytes)).toBe(0)
  expect(back.headers.get('content-type')).toBe('video/mp4')
})
