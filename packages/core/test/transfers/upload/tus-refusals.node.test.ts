/** tus, and servers that refuse: each status has its way on, or ends with an error that says what the server said. */
import { describe, expect, it } from 'vitest'
import { tus } from '../../../src/transfers/upload/tus.ts'
import type { TusState } from '../../../src/transfers/upload/tus-lanes.ts'
import { FetchClient, uploadOf } from './support/fetch-client.ts'
import { type Said, scripted } from './support/scripted-server.ts'

const file = new Uint8Array(100)

/** A server that says one thing, an upload of 100 bytes on it, and what it was asked. */
async function saying(said: Said | ((index: number) => Said)) {
  const { url, asked } = await scripted((_, index) => (typeof said === 'function' ? said(index) : said))
  const state: TusState = { urls: [`${url}/1`], lane: 100, expires: null }
  return { upload: uploadOf(`${url}/files`, 100), state, client: new FetchClient(file), asked }
}

describe('a part that is refused', () => {
  it.for([
    [403, 'create'],
    [404, 'create'],
    [409, 'locate'],
    [410, 'create'],
    [413, 'smaller'],
    [460, 'again'],
  ] as const)('with %i has a way on: %s', async ([status, detour]) => {
    const { upload, state, client } = await saying({ status, body: 'no' })
    const refused = await tus().part(upload, state, { from: 0, to: 100 }, client)
    expect(refused).toEqual({ detour, why: expect.stringMatching(`^the server answered ${status}.*, "no"$`) as string })
  })

  it.for([408, 423, 425, 429, 500, 502, 503, 504, 507])('with %i may be tried again', async (status) => {
    const { upload, state, client } = await saying({ status })
    await expect(tus().part(upload, state, { from: 0, to: 100 }, client)).rejects.toMatchObject({
      code: 'badServerResponse',
      retryable: true,
      status,
    })
  })

  it.for([400, 401, 405, 411, 412, 415, 501, 505])('with %i ends the upload', async (status) => {
    const { upload, state, client } = await saying({ status })
    await expect(tus().part(upload, state, { from: 0, to: 100 }, client)).rejects.toMatchObject({
      code: 'badServerResponse',
      retryable: false,
      status,
      url: state.urls[0],
    })
  })

  it('because of the version says which the server speaks', async () => {
    const { upload, state, client } = await saying({ status: 412, headers: { 'tus-version': '2.0.0,1.1.0' } })
    await expect(tus().part(upload, state, { from: 0, to: 100 }, client)).rejects.toThrow(
      'the server does not speak tus 1.0.0 but 2.0.0,1.1.0',
    )
  })

  it('is told of in one line, however much the server says', async () => {
    const body = `<h1>\n\tNo\u0000!</h1>${'x'.repeat(5_000_000)}`
    const { upload, state, client } = await saying({ status: 400, body })
    const error: unknown = await tus()
      .part(upload, state, { from: 0, to: 100 }, client)
      .catch((thrown: unknown) => thrown)
    const { message } = error as Error
    expect(message).toContain('400 Bad Request, "<h1> No !</h1>xxx')
    expect(message.length).toBeLessThan(400)
  })
})

describe('a question after a break that is refused', () => {
  it.for([403, 404, 410])('with %i means that there is no such upload', async (status) => {
    const { upload, state, client } = await saying({ status })
    expect(await tus().locate(upload, state, client)).toMatchObject({ detour: 'create' })
  })

  it.for([423, 429, 500, 503])('with %i may be asked again', async (status) => {
    const { upload, state, client } = await saying({ status })
    await expect(tus().locate(upload, state, client)).rejects.toMatchObject({ retryable: true, status })
  })

  it.for([400, 401, 405, 409, 412, 413, 460, 501])('with %i ends the upload', async (status) => {
    const { upload, state, client } = await saying({ status })
    await expect(tus().locate(upload, state, client)).rejects.toMatchObject({ retryable: false, status })
  })
})

describe('a creation that is refused', () => {
  it.for([423, 429, 500, 503])('with %i may be tried again', async (status) => {
    const { upload, client } = await saying({ status })
    await expect(tus().create(upload, client)).rejects.toMatchObject({ retryable: true, status })
  })

  it.for([400, 401, 403, 404, 405, 409, 410, 412, 415, 460, 501])('with %i ends the upload', async (status) => {
    const { upload, client } = await saying({ status })
    await expect(tus().create(upload, client)).rejects.toMatchObject({ retryable: false, status })
  })

  it.for([413, 415, 460])('with %i because of the first part is done without it', async (status) => {
    const { upload, client, asked } = await saying((index) =>
      index === 0 ? { status } : { status: 201, headers: { location: '/1' } },
    )
    const made = await tus({ withCreation: true }).create(upload, client)
    expect(made).toMatchObject({ accepted: 0 })
    expect(asked.map(({ body }) => body.length)).toEqual([100, 0])
  })

  it('with 413 ends with what the server takes at most', async () => {
    const { upload, client } = await saying({ status: 413, headers: { 'tus-max-size': '50' } })
    await expect(tus().create(upload, client)).rejects.toMatchObject({
      code: 'dataLengthExceedsMaximum',
      message: expect.stringContaining('the server takes at most 50 bytes') as string,
    })
  })
})

describe('an upload that is given up', () => {
  it.for([204, 403, 404, 405, 410, 501])('is so where the server answers %i', async (status) => {
    const { upload, state, client, asked } = await saying({ status })
    await tus().cancel?.(upload, state, client)
    expect(asked.map(({ method, path }) => [method, path])).toEqual([['DELETE', '/1']])
  })

  it.for([423, 503])('is not yet so where the server answers %i', async (status) => {
    const { upload, state, client } = await saying({ status })
    await expect(tus().cancel?.(upload, state, client)).rejects.toMatchObject({ retryable: true, status })
  })
})
