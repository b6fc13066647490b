/** A process that is killed in the middle of an upload to S3 leaves it to the next one, which sends only what is missing; and no signature is on the disk. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { s3Multipart, SessionConfiguration, type UploadTask } from 'urlsession'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { makeSession, unique } from '../../support/session.ts'
import { MiB, content, eachWithS3 } from './support/s3.ts'
import { presigned } from './support/signing.ts'

const s3 = eachWithS3()
const directory = mkdtempSync(join(tmpdir(), 'urlsession-s3-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('the next process finds the parts that are there', async () => {
  const path = join(directory, 'film.mp4')
  const bytes = content(28 * MiB)
  writeFileSync(path, bytes)
  const identifier = unique('s3')
  s3.server.fault('UploadPart', 'silence', 2)
  const silent = s3.server.answers('UploadPart', 3)
  const child = fork(
    new URL('./support/uploading-child.ts', import.meta.url),
    [s3.url(), path, directory, identifier],
    {
      execArgv: ['--conditions=urlsession-source'],
    },
  )
  onTestFinished(() => void child.kill('SIGKILL'))
  const exit = once(child, 'exit')
  await silent
  child.kill('SIGKILL')
  await exit
  const stored = globSync('**/*', { cwd: directory, withFileTypes: true }).filter(
    (one) => one.isFile() && one.name !== 'film.mp4',
  )
  const texts = stored.map((one) => readFileSync(join(one.parentPath, one.name), 'latin1'))
  expect(texts.join('\n')).toContain('s3-multipart')
  expect(texts.join('\n')).not.toMatch(/X-Amz-|Signature=|AKIDEXAMPLE/)
  const protocol = s3Multipart({ sign: presigned() })
  const session = makeSession(SessionConfiguration.background(identifier, { directory, uploadProtocols: [protocol] }))
  const [restored] = (await session.tasks()) as UploadTask[]
  const { response } = await (restored ?? expect.fail('the upload is gone')).finished
  expect(response.status).toBe(200)
  expect(Buffer.compare(s3.server.objects.get('/bucket/films/1.mp4')?.bytes ?? Buffer.alloc(0), bytes)).toBe(0)
  const counts = ['CreateMultipartUpload', 'ListParts', 'UploadPart'].map((operation) => s3.server.count(operation))
  expect(counts).toEqual([1, 1, 7])
})
