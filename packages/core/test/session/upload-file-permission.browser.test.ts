/** A file that a person picked, by its handle: read again in a later life, if that person says so again. */
import { expect, it, onTestFinished } from 'vitest'
import { realServer } from '../support/real-server.ts'
import { makeSession, origin, rejection, unique, until } from '../support/session.ts'

type Permission = 'queryPermission' | 'requestPermission'

/** Handles of the origin's own files are always granted: what a picked one would say is said for them. */
function permission(): { granted: boolean } {
  const said = { granted: false }
  const prototype = FileSystemHandle.prototype as unknown as Record<Permission, () => Promise<string>>
  const { queryPermission, requestPermission } = prototype
  prototype.queryPermission = async () => (said.granted ? 'granted' : 'prompt')
  prototype.requestPermission = async () => {
    said.granted = true
    return 'granted'
  }
  onTestFinished(() => {
    Object.assign(prototype, { queryPermission, requestPermission })
  })
  return said
}

async function picked(text: string): Promise<FileSystemFileHandle> {
  const root = await navigator.storage.getDirectory()
  const name = unique('picked.txt')
  const handle = await root.getFileHandle(name, { create: true })
  const writable = await handle.createWritable()
  await writable.write(text)
  await writable.close()
  onTestFinished(() => root.removeEntry(name).catch(() => {}))
  return handle
}

const inline = { engine: { placement: 'inline' } } as const

it('is sent from where it is, under its own name', async () => {
  const handle = await picked('abc')
  const { data } = await makeSession().upload(`${origin.url}/echo`, handle)
  expect(JSON.parse(new TextDecoder().decode(data))).toMatchObject({
    body: 'abc',
    headers: { 'content-type': 'text/plain' },
  })
})

it('waits until its user allows that it is read', async () => {
  permission()
  const task = makeSession(inline)
    .uploadTask(`${origin.url}/echo`, await picked('abc'))
    .resume()
  await until(task, () => task.waitingFor === 'file-permission')
  expect(task.metrics).toBe(null)
  expect(await task.requestFilePermission()).toBe(true)
  expect((await task.finished).response.status).toBe(200)
})

it('can be cancelled while it waits', async () => {
  permission()
  const task = makeSession(inline)
    .uploadTask(`${origin.url}/echo`, await picked('abc'))
    .resume()
  await until(task, () => task.waitingFor === 'file-permission')
  task.cancel()
  expect(await rejection(task.finished)).toMatchObject({ code: 'cancelled' })
})

it('waits as well where it is given for bytes that were evicted', async () => {
  const text = 'abcd'.repeat(1024)
  const { url } = await realServer('tus')
  const handle = await picked(text)
  const session = makeSession(inline, { needNewBodyStream: () => handle })
  const options = { protocol: 'tus', chunkSize: 1024, bytesPerSecond: 1024 } as const
  const task = session.uploadTask(`${url}/files`, new Blob([text]).stream(), options).resume()
  for await (const _ of task.progress) if (task.accepted >= 1024) break
  task.suspend()
  await evict()
  permission()
  task.resume()
  await until(task, () => task.waitingFor === 'file-permission')
  expect(await task.requestFilePermission()).toBe(true)
  const { response } = await task.finished
  expect(await (await fetch(response.url)).text()).toBe(text)
})

/** As a browser that needs the room: what sessions in pages store is in IndexedDB. */
async function evict(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const opening = indexedDB.open('urlsession-files')
  opening.addEventListener('success', () => {
    const database = opening.result
    const stores = [...database.objectStoreNames]
    const transaction = database.transaction(stores, 'readwrite')
    for (const store of stores) transaction.objectStore(store).clear()
    transaction.addEventListener('complete', () => (database.close(), resolve()))
    transaction.addEventListener('abort', () => reject(transaction.error))
  })
  opening.addEventListener('error', () => reject(opening.error))
  return promise
}

it('fails when it is gone', async () => {
  const handle = await picked('abc')
  await (await navigator.storage.getDirectory()).removeEntry(handle.name)
  const task = makeSession().uploadTask(`${origin.url}/echo`, handle).resume()
  expect(await rejection(task.finished)).toMatchObject({ code: 'fileDoesNotExist' })
})
