/** tus and uploads that expire: by the server's clock, and as late as the server last said. */
import { describe, expect, it } from 'vitest'
import { tus } from '../../../src/transfers/upload/tus.ts'
import type { TusState } from '../../../src/transfers/upload/tus-lanes.ts'
import { FetchClient, uploadOf } from './support/fetch-client.ts'
import { scripted } from './support/scripted-server.ts'

const HOUR = 3_600_000
const file = new Uint8Array(100)
const httpDate = (at: number): string => new Date(at).toUTCString()

/** A server whose clock says another time than ours, or that hides it. */
async function server(clock: number | null, expires: string) {
  const { url, asked } = await scripted(() => ({
    status: 200,
    headers: {
      location: '/1',
      'upload-offset': '10',
      'upload-expires': expires,
      ...(clock !== null && { date: httpDate(clock) }),
    },
    withoutDate: true,
  }))
  return { asked, url, upload: uploadOf(`${url}/files`, 100), client: new FetchClient(file) }
}

const stored = (url: string, expires: number | null): TusState => ({ urls: [`${url}/1`], lane: 100, expires })

async function expiryAtCreation(clock: number | null, expires: string): Promise<number | null> {
  const { upload, client } = await server(clock, expires)
  const made = await tus().create(upload, client)
  if (!('state' in made)) throw new Error('it ended')
  return made.state.expires
}

/** What is compared with a clock that goes on. */
const about = (at: number): object => expect.closeTo(at, -4.5) as object

describe('the date that an upload expires at', () => {
  it('is taken by the distance to the clock of the server, where that is shown', async () => {
    const wrong = Date.now() - 50 * HOUR
    expect(await expiryAtCreation(wrong, httpDate(wrong + HOUR))).toEqual(about(Date.now() + HOUR))
    expect(await expiryAtCreation(wrong, httpDate(wrong - HOUR))).toEqual(about(Date.now()))
  })

  it('is taken as it is, where no clock is shown', async () => {
    expect(await expiryAtCreation(null, httpDate(Date.now() + HOUR))).toEqual(about(Date.now() + HOUR))
  })

  it('is not believed where it is over at once and no clock is shown: ours may be fast', async () => {
    expect(await expiryAtCreation(null, httpDate(Date.now() - HOUR))).toBeNull()
  })

  it.for(['', 'soon', '2026-11-28', 'Sat, 99 Foo 2026 99:99:99 GMT'])('is not read from "%s"', async (text) => {
    expect(await expiryAtCreation(Date.now(), text)).toBeNull()
  })
})

describe('an upload', () => {
  it('that expired is made again, although the server has it still', async () => {
    const { url, upload, client } = await server(null, '')
    expect(await tus().locate(upload, stored(url, Date.now() - 1), client)).toEqual({
      detour: 'create',
      why: 'the upload has expired',
    })
  })

  it('that the server gave more time is gone on with', async () => {
    const { url, upload, client } = await server(null, httpDate(Date.now() + HOUR))
    expect(await tus().locate(upload, stored(url, Date.now() - 1), client)).toMatchObject({
      pieces: [{ from: 0, to: 10 }],
      state: { expires: about(Date.now() + HOUR) },
    })
  })

  it('that is given more time with a part has it after a reload too', async () => {
    const { url, upload, client } = await server(null, httpDate(Date.now() + HOUR))
    const state = stored(url, Date.now() + 1000)
    await tus().part(upload, state, { from: 0, to: 10 }, client)
    expect(client.kept).toEqual({ ...state, expires: about(Date.now() + HOUR) })
  })

  it('whose date stays is not stored again', async () => {
    const { url, upload, client } = await server(null, httpDate(Date.now() + HOUR))
    await tus().part(upload, stored(url, Date.now() + 2 * HOUR), { from: 0, to: 10 }, client)
    expect(client.kept).toBeUndefined()
  })
})
