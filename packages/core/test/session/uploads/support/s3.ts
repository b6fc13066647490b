/** An S3 for a test file, and ways to sign for it. */
import { AwsClient } from 'aws4fetch'
import { afterAll, beforeEach } from 'vitest'
import { contentAt } from '../../../../../testing/src/origin/content.ts'
import type { S3Sign } from '../../../../src/session/uploads/s3-signing.ts'
import { S3Server } from '../../../support/servers/s3-server.ts'

export const MiB: number = 1 << 20

/** A server of its own for each test. */
export function eachWithS3(): { readonly server: S3Server; url(key?: string): string } {
  let server: S3Server | null = null
  const running = (): S3Server => {
    if (!server) throw new Error('no server')
    return server
  }
  beforeEach(async () => {
    server?.stop()
    server = await S3Server.start()
  })
  afterAll(() => server?.stop())
  return {
    get server() {
      return running()
    },
    url: (key = 'films/1.mp4') => `${running().url}/bucket/${key}`,
  }
}

export const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', service: 's3', region: 'eu-central-1' }

/** What the docstring of `s3Multipart` shows for aws4fetch. */
export const presigned =
  (more: { readonly sessionToken?: string; readonly secretAccessKey?: string } = {}): S3Sign =>
  async ({ method, url, headers }) => {
    const signed = await new AwsClient({ ...keys, ...more }).sign(url, {
      method,
      headers: { ...headers },
      aws: { signQuery: true },
    })
    return { url: signed.url }
  }

export const content = (size: number, seed = 1): Uint8Array<ArrayBuffer> => contentAt(seed, 0, size)

/** The same, with the signature in headers. */
export const signedInHeaders: S3Sign = async ({ method, url, headers }) => {
  const signed = await new AwsClient(keys).sign(url, { method, headers: { ...headers } })
  return { url: signed.url, headers: Object.fromEntries(signed.headers) }
}
