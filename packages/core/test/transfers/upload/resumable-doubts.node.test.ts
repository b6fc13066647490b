/** Resumable uploads: what a server says that is not to be taken at its word. */
import { expect, test } from 'vitest'
import { resumable } from '../../../src/transfers/upload/resumable.ts'
import { FetchClient, uploadOf } from './support/fetch-client.ts'
import { type Said, type ScriptedServer, scripted } from './support/scripted-server.ts'

const file = new Uint8Array(100).map((_, index) => index)
const careful = resumable(false)

async function answering(...answers: readonly Said[]): Promise<ScriptedServer> {
  return scripted((_asked, index) => answers[index] ?? { status: 500 })
}

const askedOf = ({ asked }: ScriptedServer): unknown[] =>
  asked.map(({ method, path, body }) => [method, path, body.length])

test('201 with a Location is what ordinary servers say too: one whose resource knows no offset gets the file whole', async () => {
  const server = await answering(
    { status: 201, headers: { location: '/things/1' } },
    { status: 200, headers: { 'content-length': '0' } },
    { status: 201, headers: { location: '/things/2' } },
  )
  const [upload, client] = [uploadOf(`${server.url}/things`, file.length), new FetchClient(file)]
  const made = await careful.create(upload, client)
  if (!('state' in made)) throw new Error('an end before the file was sent')
  const sent = await careful.part(upload, made.state, { from: 0, to: file.length }, client)
  expect(sent).toMatchObject({ end: { status: 201 } })
  expect(askedOf(server)).toEqual([
    ['POST', '/things', 0],
    ['HEAD', '/things/1', 0],
    ['POST', '/things', 100],
  ])
})

test('201 with a Location and nothing else is enough where that resource knows its offset', async () => {
  const server = await answering(
    { status: 201, headers: { location: '/upload/1' } },
    { status: 204, headers: { 'upload-offset': '0', 'upload-complete': '?0' } },
  )
  const made = await careful.create(uploadOf(`${server.url}/files`, file.length), new FetchClient(file))
  expect(made).toMatchObject({ state: { url: `${server.url}/upload/1` } })
})

test('a part that is not the last completes nothing, whatever the server says', async () => {
  const server = await answering({ status: 200, headers: { 'upload-complete': '?1' } })
  const upload = uploadOf(`${server.url}/files`, file.length)
  const sent = careful.part(upload, { url: `${server.url}/1` }, { from: 0, to: 50 }, new FetchClient(file))
  await expect(sent).rejects.toMatchObject({ code: 'badServerResponse', retryable: false })
})

test('nor is an upload complete that has not every byte', async () => {
  const server = await answering({ status: 204, headers: { 'upload-complete': '?1', 'upload-offset': '50' } })
  const located = careful.locate(
    uploadOf(`${server.url}/files`, 100),
    { url: `${server.url}/1` },
    new FetchClient(file),
  )
  await expect(located).rejects.toMatchObject({ code: 'badServerResponse', retryable: false })
})

test.each([10, 60, 1000])('an offset of %i after the bytes from 20 to 50 is asked for again', async (offset) => {
  const server = await answering({ status: 204, headers: { 'upload-complete': '?0', 'upload-offset': String(offset) } })
  const upload = uploadOf(`${server.url}/files`, file.length)
  const sent = await careful.part(upload, { url: `${server.url}/1` }, { from: 20, to: 50 }, new FetchClient(file))
  expect(sent).toMatchObject({ detour: 'locate' })
})

test('an answer to HEAD without an offset is somebody else’s: the upload is not lost', async () => {
  const server = await answering({ status: 200 })
  const located = careful.locate(
    uploadOf(`${server.url}/files`, 100),
    { url: `${server.url}/1` },
    new FetchClient(file),
  )
  await expect(located).rejects.toMatchObject({ code: 'badServerResponse', retryable: true })
})

const version = { 'upload-draft-interop-version': '8' }
const address = 'http://server.test/upload/1'

/** An optimistic upload, and what was stored of it. */
async function optimistic(interim: Record<string, string>, final: Record<string, string>): Promise<unknown[]> {
  const client = new FetchClient(file)
  const states: unknown[] = []
  const made = resumable(true).create(uploadOf('http://server.test/files', file.length), {
    signal: client.signal,
    last: false,
    read: async (from, to) => client.read(from, to),
    keep: async (state) => void states.push(state),
    async send({ url }, onInformational) {
      onInformational?.(104, new Headers(interim))
      return { url, status: 200, statusText: '', headers: new Headers(final), body: new Uint8Array(0) }
    },
  })
  return [await made.catch((error: unknown) => error), ...states]
}

test.each([
  ['/upload/1', {}, null],
  ['/upload/1', { 'upload-draft-interop-version': '7' }, null],
  ['/upload/1', version, address],
  ['http://me:secret@server.test/upload/1', version, address],
  ['ftp://server.test/upload/1', version, null],
])(
  'an interim answer counts if it is of this version, and without its password: %s %j',
  async (location, more, url) => {
    const [made, ...states] = await optimistic({ location, ...more }, {})
    expect(made).toMatchObject({ end: { status: 200 } })
    expect(states).toEqual([{ sent: true }, ...(url === null ? [] : [{ url }])])
  },
)

test('an optimistic upload that the server does not call complete goes on', async () => {
  const [made] = await optimistic({ location: '/upload/1', ...version }, { 'upload-complete': '?0' })
  expect(made).toMatchObject({ code: 'badServerResponse', retryable: true })
})
