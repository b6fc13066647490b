/** tus, and what servers answer that should not: no wrong offset is believed, no wrong address is followed. */
import { describe, expect, it } from 'vitest'
import { tus } from '../../../src/transfers/upload/tus.ts'
import type { TusState } from '../../../src/transfers/upload/tus-lanes.ts'
import { FetchClient, uploadOf } from './support/fetch-client.ts'
import { type Asked, type Said, scripted } from './support/scripted-server.ts'

const file = new Uint8Array(100)

async function answering(answer: (asked: Asked) => Said) {
  const { url, asked } = await scripted(answer)
  const state: TusState = { urls: [`${url}/1`], lane: 100, expires: null }
  return { url, upload: uploadOf(`${url}/files`, 100), state, client: new FetchClient(file), asked }
}

const saying = (status: number, headers: Record<string, string> = {}) => answering(() => ({ status, headers }))

describe('a server that answers 200 to everything', () => {
  it('is none of tus when an upload is made', async () => {
    const { upload, client } = await answering(() => ({ status: 200, body: '<html>Welcome!</html>' }))
    for (const withCreation of [false, true])
      await expect(tus({ withCreation }).create(upload, client)).rejects.toMatchObject({
        code: 'badServerResponse',
        status: 200,
        retryable: false,
        message: expect.stringMatching(/no Location.*Access-Control-Expose-Headers/) as string,
      })
    await expect(tus().create({ ...upload, size: 0 }, client)).rejects.toMatchObject({ status: 200 })
  })

  it('is none of tus when it is asked, given a part, or told to join lanes', async () => {
    const { upload, state, client } = await saying(200)
    const lanes: TusState = { urls: [...state.urls, `${state.urls[0]}b`], lane: 50, expires: null }
    const doings = [
      () => tus().locate(upload, state, client),
      () => tus().part(upload, state, { from: 0, to: 10 }, client),
      () => tus().finish(upload, state, [], client),
      () => tus().finish(upload, lanes, [], client),
    ]
    for (const doing of doings)
      await expect(doing()).rejects.toMatchObject({ code: 'badServerResponse', status: 200, retryable: false })
  })
})

describe('a Location', () => {
  const created = async (location: string) => {
    const { url, upload, client } = await saying(201, { location })
    return { url, made: tus().create(upload, client) }
  }

  it.for([
    ['/x/1', '/x/1'],
    ['1', '/1'],
    ['../y?token=a%20b#here', '/y?token=a%20b'],
    ['?id=1', '/files?id=1'],
  ] as const)('of %s is read against the address that answered', async ([location, path]) => {
    const { url, made } = await created(location)
    expect(await made).toMatchObject({ state: { urls: [url + path] } })
  })

  it('may be on another origin, without user and password', async () => {
    const { made } = await created('https://user:secret@uploads.example:8443/1')
    expect(await made).toMatchObject({ state: { urls: ['https://uploads.example:8443/1'] } })
  })

  it('is read against the end of a redirect', async () => {
    const target = await scripted(() => ({ status: 201, headers: { location: '1' } }))
    const { upload, client } = await saying(307, { location: `${target.url}/elsewhere/files` })
    expect(await tus().create(upload, client)).toMatchObject({ state: { urls: [`${target.url}/elsewhere/1`] } })
  })

  it.for(['javascript:alert(1)', 'file:///etc/passwd', 'data:,x', 'http://', 'https://a:b:c/'])(
    'of %s is refused',
    async (location) => {
      await expect((await created(location)).made).rejects.toMatchObject({
        code: 'badServerResponse',
        message: expect.stringContaining('its Location is no http address') as string,
      })
    },
  )
})

describe('an offset', () => {
  it.for(['abc', '-1', '1.5', '1e1', '0x10', '', '10, 10', '101', '99999999999999999999'])(
    'of "%s" is believed in no answer',
    async (offset) => {
      const { upload, state, client } = await saying(200, { 'upload-offset': offset, location: '/1' })
      const refused = { code: 'badServerResponse', retryable: false }
      await expect(tus().locate(upload, state, client)).rejects.toMatchObject(refused)
      await expect(tus().part(upload, state, { from: 0, to: 100 }, client)).rejects.toMatchObject(refused)
      await expect(tus({ withCreation: true }).create(upload, client)).rejects.toMatchObject(refused)
    },
  )

  it.for([
    ['19', 'behind what the server had'],
    ['31', 'beyond what was sent'],
  ])('of %s, %s, is asked for again', async ([offset = '']) => {
    const { upload, state, client } = await saying(204, { 'upload-offset': offset })
    const sent = await tus().part(upload, state, { from: 20, to: 30 }, client)
    expect(sent).toEqual({
      detour: 'locate',
      why: `the server has ${offset} bytes after those from 20 to 30 were sent`,
    })
  })

  it.for(['20', '25', '30'])('of %s says how much of a part was taken', async (offset) => {
    const { upload, state, client } = await saying(204, { 'upload-offset': offset })
    const sent = await tus().part(upload, state, { from: 20, to: 30 }, client)
    expect(sent).toEqual({ accepted: Number(offset) })
  })

  it('is not needed where a server left the first part aside', async () => {
    const { upload, client } = await saying(201, { location: '/1' })
    expect(await tus({ withCreation: true }).create(upload, client)).toMatchObject({ accepted: 0 })
  })

  it('beyond what was sent with the creation is refused', async () => {
    const { upload, client } = await saying(201, { location: '/1', 'upload-offset': '50' })
    const making = tus({ withCreation: true }).create({ ...upload, chunkSize: 40 }, client)
    await expect(making).rejects.toMatchObject({ code: 'badServerResponse' })
  })

  it('of an upload of another length is not ours', async () => {
    const { upload, state, client } = await saying(200, { 'upload-offset': '10', 'upload-length': '90' })
    await expect(tus().locate(upload, state, client)).rejects.toThrow('an upload of 90 bytes, and this one has 100')
  })
})

describe('what was stored', () => {
  it.for([
    null,
    {},
    { urls: 'x', lane: 100, expires: null },
    { urls: ['/1'], lane: 0, expires: null },
    { urls: ['/1'], lane: 40, expires: null },
    { urls: ['/1', '/2'], lane: 100, expires: null },
    { urls: [1], lane: 100, expires: null },
    { urls: ['/1'], lane: 100, expires: 'soon' },
  ])('as %j is of another version, and nobody is asked', async (state) => {
    const { upload, client, asked } = await saying(200)
    expect(await tus().locate(upload, state as never, client)).toMatchObject({ detour: 'create' })
    expect(asked).toEqual([])
  })
})
