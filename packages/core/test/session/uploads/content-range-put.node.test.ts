/** Files get through a resumable PUT as they are, and go on after breaks with what the server has. */
import { afterAll, beforeEach, expect, test } from 'vitest'
import { SeededChance } from '../../../../testing/src/fakes/fixed-chance.ts'
import type { UploadProtocol } from '../../../src/model/upload-protocol.ts'
import { contentRangePut, type ContentRangePutOptions } from '../../../src/session/uploads/content-range-put.ts'
import { ContentRangeServer } from '../../support/servers/content-range-server.ts'
import { drive, Driver } from './support/driver.ts'
import { MiB, content } from './support/s3.ts'

const KiB = 1024
const start = { headers: [['x-goog-resumable', 'start']] as [string, string][] }
const made = (options?: ContentRangePutOptions): UploadProtocol => contentRangePut(options)
let server: ContentRangeServer

beforeEach(async () => {
  server?.stop()
  server = await ContentRangeServer.start()
})
afterAll(() => server?.stop())

const same = (bytes: Uint8Array): void => {
  const last = [...server.sessions.values()].at(-1)
  expect(last?.whole).toBe(true)
  expect(Buffer.compare(last?.had ?? Buffer.alloc(0), bytes), 'the server has the bytes of the file').toBe(0)
}

test.for([0, 1, 256 * KiB, MiB + 1, 3 * MiB])('a file of %i bytes arrives as it is', async (size) => {
  const bytes = content(size)
  const { end } = await drive(() => made(), server.begin(), bytes)
  expect(end.status).toBe(200)
  same(bytes)
})

test('without a size of pieces all goes at once; with one, each piece but the last is whole grains', async () => {
  const bytes = content(MiB + 5)
  await drive(() => made(), server.begin(), bytes)
  expect(server.seen).toEqual([`PUT bytes 0-${MiB + 4}/${MiB + 5}`])
  server.seen.length = 0
  await drive(() => made(), server.begin(), bytes, { most: 600 * KiB })
  same(bytes)
  expect(server.seen).toEqual([
    `PUT bytes 0-${512 * KiB - 1}/${MiB + 5}`,
    `PUT bytes ${512 * KiB}-${MiB + 4}/${MiB + 5}`,
  ])
})

test('a session is begun where that is asked for, with what the file is', async () => {
  const bytes = content(MiB)
  await drive(() => made({ session: 'location' }), server.url, bytes, { upload: start })
  same(bytes)
  expect(server.headers[0]).toMatchObject({
    'x-upload-content-type': 'video/mp4',
    'x-upload-content-length': String(MiB),
    'content-length': '0',
  })
})

test('what the server kept of a piece counts, and not what was sent', async () => {
  const bytes = content(MiB)
  server.keeps = 300 * KiB
  await drive(() => made(), server.begin(), bytes, { most: 512 * KiB })
  same(bytes)
  expect(server.seen.filter((one) => !one.includes('*')).map((one) => one.split('/')[0])).toEqual([
    'PUT bytes 0-524287',
    'PUT bytes 262144-786431',
    'PUT bytes 524288-1048575',
    'PUT bytes 786432-1048575',
  ])
})

test('Google’s way around clients that cannot tell a 308 from a redirect is known', async () => {
  server.overrides = true
  const bytes = content(MiB)
  await drive(() => made(), server.begin(), bytes, { most: 512 * KiB })
  same(bytes)
})

test('a session that is over is begun anew where we began it, and is an error where we did not', async () => {
  const bytes = content(MiB)
  const driver = new Driver(server.url, bytes, { upload: start, most: 512 * KiB })
  const forgetful = made({ session: 'location' })
  const { part } = forgetful
  let sent = 0
  forgetful.part = async (...given) => {
    if (++sent === 2) server.sessions.clear()
    return part.apply(forgetful, given)
  }
  await driver.live(forgetful)
  same(bytes)
  expect(server.seen.filter((one) => one === 'POST')).toHaveLength(2)
  const url = server.begin()
  server.sessions.clear()
  await expect(drive(() => made(), url, bytes)).rejects.toMatchObject({
    code: 'resourceUnavailable',
    status: 410,
    retryable: false,
  })
})

test('a refusal is an error that says whether it may pass', async () => {
  const bytes = content(10)
  const fails = (status: number): Promise<unknown> => {
    server.faults.push(status)
    return drive(() => made(), server.begin(), bytes)
  }
  await expect(fails(503)).rejects.toMatchObject({ code: 'badServerResponse', status: 503, retryable: true })
  await expect(fails(400)).rejects.toMatchObject({ code: 'badServerResponse', status: 400, retryable: false })
  await expect(fails(403)).rejects.toMatchObject({ code: 'userAuthenticationRequired', status: 403 })
  await expect(drive(() => made({ session: 'location' }), server.url, bytes)).rejects.toMatchObject({ status: 400 })
})

test('a Range or a Location that is hidden is an error that says which header to expose', async () => {
  const hiding = (name: string, url: string, options?: ContentRangePutOptions): Promise<unknown> => {
    const driver = new Driver(url, content(MiB), { most: 512 * KiB, upload: start })
    const { send } = driver.client
    driver.client.send = async (request) => {
      const answer = await send(request)
      return { ...answer, headers: new Headers([...answer.headers].filter(([one]) => one !== name)) }
    }
    return driver.live(made(options))
  }
  await expect(hiding('range', server.begin())).rejects.toThrow('expose the header Range')
  await expect(hiding('location', server.url, { session: 'location' })).rejects.toThrow('expose the header Location')
})

test('giving up ends the session', async () => {
  const url = server.begin()
  const driver = new Driver(url, content(MiB))
  await made().cancel?.(driver.upload, { url: null }, driver.client)
  await made().cancel?.(driver.upload, { url: null }, driver.client)
  expect(server.sessions.size).toBe(0)
})

test('options are checked at the call', () => {
  expect(() => contentRangePut({ session: 'post' } as never)).toThrow('option "session"')
  expect(() => contentRangePut({ url: '' } as never)).toThrow('unknown option "url"')
  expect([made().name, made({ name: 'mux' }).name]).toEqual(['content-range', 'mux'])
})

test.for(Array.from({ length: 12 }, (_, seed) => seed))(
  'breaks at random points (seed %i) cost no byte',
  async (seed) => {
    const chance = new SeededChance(seed)
    const bytes = content(chance.between(0, 4 * MiB), seed)
    server.keeps = chance.between(300 * KiB, 2 * MiB)
    server.overrides = chance.next() < 0.3
    for (let faults = chance.between(1, 6); faults > 0; faults--)
      server.faults.push(chance.pick(['cut', 'lost', 503] as const))
    const begins = chance.next() < 0.5
    const url = begins ? server.url : server.begin()
    await drive(() => made(begins ? { session: 'location' } : {}), url, bytes, {
      upload: start,
      breaks: 100,
      most: chance.between(256 * KiB, 2 * MiB),
      fate: () => (chance.next() < 0.15 ? chance.pick(['unsent', 'unanswered'] as const) : 'sent'),
    })
    same(bytes)
  },
)
