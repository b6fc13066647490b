/** Uploads by the session's own protocols over a line that breaks again and again: what the server has in the end is the file. */
import { AwsClient } from 'aws4fetch'
import { contentRangePut, s3Multipart } from 'urlsession'
import { expect, inject, test } from 'vitest'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { realServer } from '../../support/real-server.ts'
import type { ServerName } from '../../support/servers/index.ts'
import { makeSession, unique } from '../../support/session.ts'
import { keys, presigned } from './support/signing.ts'

const s3 = await realServer('s3')
const resumable = await realServer('content-range')
const patient = { retry: { attempts: 60, baseDelay: 5, maximumDelay: 20 } }
const MiB = 1 << 20
const aws = new AwsClient(keys)
const sign = presigned()

/** A bad line to a real server. */
const faulty = async (name: ServerName, seed: number): Promise<string> =>
  (await fetch(`${inject('origin')}/__faulty?name=${name}&seed=${seed}`, { method: 'POST' })).text()

const same = async (answer: Response, bytes: Uint8Array): Promise<boolean> => {
  const stored = new Uint8Array(await answer.arrayBuffer())
  return stored.length === bytes.length && stored.every((byte, index) => byte === bytes[index])
}

test.for([1, 2, 3, 4])('a bucket has the whole file, whatever breaks (seed %i)', async (seed) => {
  const bytes = contentAt(seed, 0, 11 * MiB + seed)
  const path = `/bucket/${unique('film.mp4')}`
  await makeSession(patient).upload(`${await faulty('s3', seed)}${path}`, new Blob([bytes]), {
    protocol: s3Multipart({ sign, ...(seed % 2 === 0 && { checksum: 'sha256' }) }),
    chunkSize: 5 * MiB,
  })
  expect(await same(await aws.fetch(`${s3.url}${path}`), bytes)).toBe(true)
})

test.for([1, 2, 3, 4])('a resumable PUT has the whole file, whatever breaks (seed %i)', async (seed) => {
  const bytes = contentAt(seed, 0, 4 * MiB + seed)
  const request = {
    url: `${await faulty('content-range', seed)}/upload`,
    method: 'POST',
    headers: { 'x-goog-resumable': 'start' },
  }
  const { response } = await makeSession(patient).upload(request, new Blob([bytes]), {
    protocol: contentRangePut({ session: 'location' }),
    ...(seed % 2 === 0 && { chunkSize: 700_000 }),
  })
  expect(await same(await fetch(new URL(new URL(response.url).pathname, resumable.url)), bytes)).toBe(true)
})
