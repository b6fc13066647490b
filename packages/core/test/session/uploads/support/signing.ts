/** Ways to sign for an S3 of ours, in Node and in pages. */
import { AwsClient } from 'aws4fetch'
import type { S3MultipartOptions } from 'urlsession'

type Sign = S3MultipartOptions['sign']

export const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', service: 's3', region: 'eu-central-1' }

/** What the docstring of `s3Multipart` shows for aws4fetch. */
export const presigned =
  (more: { readonly sessionToken?: string; readonly secretAccessKey?: string } = {}): Sign =>
  async ({ method, url, headers }) => {
    const aws = new AwsClient({ ...keys, ...more })
    return { url: (await aws.sign(url, { method, headers: { ...headers }, aws: { signQuery: true } })).url }
  }

/** The same, with the signature in headers. */
export const signedInHeaders: Sign = async ({ method, url, headers }) => {
  const signed = await new AwsClient(keys).sign(url, { method, headers: { ...headers } })
  return { url: signed.url, headers: Object.fromEntries(signed.headers) }
}
