/** Methods: which may be asked again, and answers that have no body. */
import { settle } from '../../../../testing/src/fakes/turns.ts'
import { describe, expect, it } from 'vitest'
import { Life } from '../support/engine-life.ts'

const url = 'https://host.test/report'
const quick = { settings: { retry: { attempts: 3, baseDelay: 1, maximumDelay: 1 } }, kind: 'default' } as const

describe.each(['POST', 'PATCH'])('%s', (method) => {
  const request = { url, method, body: 'x' }

  it('is not sent again when its answer breaks', async () => {
    const life = await Life.begin(quick)
    const uid = await life.start({ request })
    const body = (await life.platform.transport.next()).respond({ headers: { 'content-length': '10', etag: '"v1"' } })
    body.push(new Uint8Array(5)).fail()
    expect(await life.failed(uid)).toMatchObject({ code: 'networkConnectionLost', resumeData: null, attempts: 1 })
    await life.platform.transport.expectQuiet()
    expect(life.files).toEqual([])
  })

  it('is not sent again when its answer is too short', async () => {
    const life = await Life.begin(quick)
    const uid = await life.start({ request })
    ;(await life.platform.transport.next()).answer({ headers: { 'content-length': '10' }, body: 'short' })
    expect(await life.failed(uid)).toMatchObject({ code: 'networkConnectionLost' })
    await life.platform.transport.expectQuiet()
  })

  it('has its answer in a 503, as in any other', async () => {
    const life = await Life.begin(quick)
    const uid = await life.start({ request })
    ;(await life.platform.transport.next()).answer({
      status: 503,
      headers: { 'retry-after': '0', 'content-length': '4' },
      body: 'busy',
    })
    expect((await life.finished(uid)).size).toBe(4)
    expect(life.told('finished', uid)[0]?.response.status).toBe(503)
  })

  it('is sent again when it surely never left', async () => {
    const life = await Life.begin(quick)
    const uid = await life.start({ request })
    ;(await life.platform.transport.next()).fail('cannotFindHost')
    await life.platform.clock.advance(1)
    ;(await life.platform.transport.next()).answer({ headers: { 'content-length': '2' }, body: 'ok' })
    expect((await life.finished(uid)).size).toBe(2)
  })
})

describe('GET', () => {
  it('has its answer in the last of many 503', async () => {
    const life = await Life.begin(quick)
    const uid = await life.start({ request: { url } })
    for (let attempt = 1; attempt <= 3; attempt++) {
      ;(await life.platform.transport.next()).answer({ status: 503, headers: { 'content-length': '4' }, body: 'busy' })
      await life.platform.clock.advance(2)
    }
    expect((await life.finished(uid)).size).toBe(4)
    expect(life.told('finished', uid)[0]?.response.status).toBe(503)
  })

  it('with bytes there fails at the last 503, and keeps them', async () => {
    const life = await Life.begin(quick)
    const uid = await life.start({ request: { url } })
    const body = (await life.platform.transport.next()).respond({ headers: { 'content-length': '10', etag: '"v1"' } })
    body.push(new Uint8Array(5))
    await settle()
    body.fail()
    for (let attempt = 1; attempt <= 3; attempt++) {
      await life.platform.clock.advance(2)
      ;(await life.platform.transport.next()).answer({ status: 503, body: 'busy' })
    }
    expect(await life.failed(uid)).toMatchObject({
      code: 'badServerResponse',
      status: 503,
      bytesTransferred: 5,
      resumeData: { received: 5 },
    })
  })

  it('waits as long as Retry-After says', async () => {
    const life = await Life.begin(quick)
    await life.start({ request: { url } })
    const { clock, transport } = life.platform
    ;(await transport.next()).answer({ status: 429, headers: { 'retry-after': '120' } })
    await clock.advance(119_000)
    expect(transport.waiting).toBe(0)
    await clock.advance(2000)
    ;(await transport.next()).answer({
      status: 503,
      headers: { 'retry-after': new Date(clock.now() + 60_000).toUTCString() },
    })
    await clock.advance(58_000)
    expect(transport.waiting).toBe(0)
    await clock.advance(3001)
    expect(transport.waiting).toBe(1)
  })
})

describe('an answer without a body', () => {
  it.each([
    ['HEAD', 200, { 'content-length': '1000', etag: '"v1"' }],
    ['GET', 304, { 'content-length': '1000' }],
    ['GET', 204, {}],
  ])('to %s with %i is an empty file', async (method, status, headers) => {
    const life = await Life.begin(quick)
    const uid = await life.start({ request: { url, method } })
    ;(await life.platform.transport.next()).answer({ status, headers })
    expect((await life.finished(uid)).size).toBe(0)
    expect(life.told('finished', uid)[0]?.response).toMatchObject({
      status,
      headers: Object.entries(headers).toSorted(),
    })
  })
})
