/** The same diagnosis where nothing is ever hidden: Node's own transport, a real server. */
import { expect, it } from 'vitest'
import { diagnose } from '../../src/loading/diagnose.ts'
import { createFetchTransport } from '../../src/platform/node/fetch-transport.ts'
import { desertedURL, serve } from '../support/session.ts'

const parts = { transport: createFetchTransport(), origin: null, reach: null }

it('a server without any CORS is as open as one can be', async () => {
  const file = await serve('plain.bin', { size: 5000, cors: 'none' })
  expect(await diagnose(file.url, parts)).toMatchObject({
    crossOrigin: false,
    status: 206,
    hidden: [],
    canResume: true,
    rangeSupported: true,
    suggestedLine: null,
    advice: [],
  })
  expect(await file.requests()).toMatchObject([{ range: 'bytes=0-0' }])
})

it('redirects lead to the answer', async () => {
  const file = await serve('here.bin', { size: 5000 })
  const moved = await serve('moved.bin', { size: 0, redirect: { to: file.url, hops: 3 } })
  expect(await diagnose(moved.url, parts)).toMatchObject({ status: 206, redirectedTo: file.url })
})

it('a server that is not there is told from one that does not want to be read', async () => {
  expect(await diagnose(await desertedURL(), parts)).toMatchObject({ reachable: false, failure: 'cannotConnectToHost' })
})
