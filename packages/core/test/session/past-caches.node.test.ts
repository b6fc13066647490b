/** A request that is to be answered afresh says so to caches on its way, as a browser's does. */
import { expect, it } from 'vitest'
import { makeSession, origin } from '../support/session.ts'

const sent = async (cachePolicy: 'default' | 'reload' | 'no-cache', own: Record<string, string> = {}) => {
  const request = { url: `${origin.url}/echo`, cachePolicy, headers: own }
  const { headers } = await makeSession().json<{ headers: Record<string, string> }>(request)
  return [headers['cache-control'], headers['pragma']]
}

it('caches on the way are asked for a fresh answer, or for one that was confirmed', async () => {
  expect(await sent('default')).toEqual([undefined, undefined])
  expect(await sent('no-cache')).toEqual(['max-age=0', undefined])
  expect(await sent('reload')).toEqual(['no-cache', 'no-cache'])
})

it('what the caller says to caches stands', async () => {
  expect(await sent('reload', { 'cache-control': 'no-transform' })).toEqual(['no-transform', 'no-cache'])
})
