/** What a page learns of a real server of another origin: each CORS setting as Chromium shows it. */
import { describe, expect, it } from 'vitest'
import type { CorsMode, FileOptions } from '../../../testing/src/origin/vocabulary.ts'
import { diagnose, type DiagnoseOptions } from '../../src/loading/diagnose.ts'
import type { Diagnosis } from '../../src/model/diagnosis.ts'
import { readerOf } from '../../src/platform/browser/byob-reader.ts'
import { createFetchTransport } from '../../src/platform/browser/fetch-transport.ts'
import { reach } from '../../src/platform/browser/reach.ts'
import { desertedURL, otherOrigin, unique } from '../support/session.ts'

const parts = {
  transport: createFetchTransport(readerOf),
  origin: self.origin,
  reach,
}

async function diagnosed(options: Partial<FileOptions>, asking?: DiagnoseOptions) {
  const file = await otherOrigin.file(unique('seen.bin'), { size: 5000, ...options })
  const diagnosis: Diagnosis = await diagnose(file.url, parts, asking)
  const journal = await otherOrigin.journal({ file: file.name })
  return {
    diagnosis,
    file,
    preflights: journal.filter(({ preflight }) => preflight).length,
    requests: await file.requests(),
  }
}

const names = ({ hidden }: Diagnosis): string[] => hidden.map(({ name }) => name)

describe('a server of another origin', () => {
  it('that exposes its headers hides nothing, and is asked once, without a preflight', async () => {
    const { diagnosis, requests, preflights } = await diagnosed({ cors: 'exposed' })
    expect(diagnosis).toMatchObject({
      crossOrigin: true,
      status: 206,
      hidden: [],
      canResume: true,
      rangeSupported: true,
      advice: [],
    })
    expect(diagnosis.visible).toEqual(expect.arrayContaining(['etag', 'content-range', 'last-modified']))
    expect([requests.length, preflights]).toEqual([1, 0])
    expect(requests[0]?.headers).toMatchObject({ range: 'bytes=0-0', 'cache-control': 'no-cache' })
  })

  it('that exposes none is told which line to send', async () => {
    const { diagnosis } = await diagnosed({ cors: 'simple' })
    expect(names(diagnosis)).toEqual(expect.arrayContaining(['ETag', 'Content-Range']))
    expect(diagnosis.visible).not.toContain('etag')
    expect(diagnosis.suggestedLine).toMatch(/^Access-Control-Expose-Headers: ETag, Content-Range, /)
    expect(diagnosis.canResume).toBe(true)
  })

  it('that sends the suggested line gets no more advice', async () => {
    const { diagnosis } = await diagnosed({ cors: 'simple' })
    const [name = '', value = ''] = diagnosis.suggestedLine?.split(': ') ?? []
    const second = await diagnosed({ cors: 'simple', headers: { [name]: value } })
    expect(second.diagnosis).toMatchObject({ hidden: [], suggestedLine: null, advice: [] })
  })

  it('that allows no page is there all the same, and the diagnosis knows', async () => {
    const { diagnosis } = await diagnosed({ cors: 'none' })
    expect(diagnosis).toMatchObject({
      reachable: true,
      readable: false,
      status: null,
      visible: [],
      failure: 'opaqueNetworkFailure',
    })
    expect(diagnosis.advice.join()).toContain(`Access-Control-Allow-Origin: ${self.origin}`)
  })

  it('that is not there is not there', async () => {
    expect(await diagnose(await desertedURL(), parts)).toMatchObject({ reachable: false, readable: false })
  })

  it.each<[CorsMode, 'allow' | 'refuse', string]>([
    ['exposed', 'allow', 'allowed'],
    ['exposed', 'refuse', 'refused'],
  ])('with CORS %s that answers preflights with "%s" has %s', async (cors, preflight, expected) => {
    const { diagnosis, preflights } = await diagnosed({ cors, preflight }, { headers: { Authorization: 'Bearer x' } })
    expect([diagnosis.preflight, diagnosis.readable, preflights]).toEqual([expected, true, 1])
    expect(diagnosis.advice.join().includes('Access-Control-Allow-Headers: Authorization')).toBe(expected === 'refused')
  })

  it('that allows every page allows none with credentials', async () => {
    const { diagnosis } = await diagnosed({ cors: 'simple' }, { credentials: 'include' })
    expect(diagnosis).toMatchObject({ reachable: true, readable: false })
    const named = await diagnosed({ cors: 'credentials' }, { credentials: 'include' })
    expect(named.diagnosis).toMatchObject({ readable: true, hidden: [], advice: [] })
  })

  it('that ignores ranges sends no more of the file than it must', async () => {
    const { diagnosis, file } = await diagnosed({ cors: 'exposed', ranges: 'ignored', size: 50_000_000 })
    expect(diagnosis).toMatchObject({ status: 200, rangeSupported: false, canResume: false })
    const { bytesSent } = await otherOrigin.when({ file: file.name, ended: true })
    expect(bytesSent).toBeLessThan(50_000_000)
  })

  it('behind a redirect is the one that is judged', async () => {
    const { file } = await diagnosed({ cors: 'simple' })
    const { diagnosis } = await diagnosed({ cors: 'exposed', redirect: { to: file.url } })
    expect(diagnosis.redirectedTo).toBe(file.url)
    expect(names(diagnosis)).toContain('ETag')
  })
})

describe('a server of the same origin', () => {
  it('hides nothing', async () => {
    expect(await diagnose(import.meta.url, parts)).toMatchObject({
      crossOrigin: false,
      readable: true,
      status: 200,
      hidden: [],
      suggestedLine: null,
      preflight: 'notNeeded',
    })
  })
})
