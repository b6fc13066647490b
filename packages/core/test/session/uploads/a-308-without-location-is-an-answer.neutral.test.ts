/** What a resumable PUT says while it is not done: to `fetch`, to XMLHttpRequest and to a session it is an answer, and no redirect. */
import { expect, test } from 'vitest'
import { inNode, makeSession, otherOrigin, unique } from '../../support/session.ts'

const incomplete = { status: 308, headers: { range: 'bytes=0-262143', 'access-control-expose-headers': 'Range' } }
/** Across origins, where a browser shows least. */
const address = async (): Promise<string> =>
  (await otherOrigin.file(unique('incomplete'), { size: 1, ...incomplete })).url

test('a 308 without a Location comes back as it is, with its Range', async () => {
  const url = await address()
  const sent = { method: 'PUT', body: 'x' }
  const session = makeSession()
  for (const answer of [await fetch(url, sent), await session.fetch(url, sent)])
    expect([answer.status, answer.headers.get('range'), answer.redirected]).toEqual([308, 'bytes=0-262143', false])
})

test.skipIf(inNode)('XMLHttpRequest gives it back, too', async () => {
  const request = new XMLHttpRequest()
  request.open('PUT', await address())
  await new Promise((resolve) => {
    request.onloadend = resolve
    request.send('x')
  })
  expect([request.status, request.getResponseHeader('range')]).toEqual([308, 'bytes=0-262143'])
})

// Chromium and WebKit look for the Location first; the standard, and Firefox by it, for what the request allows.
const strict = !inNode && navigator.userAgent.includes('Firefox')

test('a session that refuses redirects takes it, but for Firefox', async () => {
  const session = makeSession({ redirect: 'refuse' })
  const outcome = session.fetch(await address(), { method: 'PUT', body: 'x' }).then(
    ({ status }) => status,
    () => 'refused',
  )
  expect(await outcome).toBe(strict ? 'refused' : 308)
})
