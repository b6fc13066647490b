/** A session that is to have nothing to do with cookies has none in a browser, to the page's own origin and whatever a request says. */
import { expect, it } from 'vitest'
import { origin, unique } from '../support/session.ts'
import { onOwnOrigin } from './support/own-origin.ts'

it.each(["{ accept: 'never' }", '{ set: false }', '{}'])('with the option cookies %s', async (cookies) => {
  const path = `/echo?${unique('cookies')}`
  await onOwnOrigin(`
    await fetch('/set-cookie?own=1')
    const session = new urlsession.URLSession({ cookies: ${cookies} })
    const credentials = 'include'
    await session.data({ url: '${path}&data', credentials })
    await session.fetch('${path}&fetch', { credentials })
    await session.fetch(new Request('${path}&request', { credentials }))
    await session.download({ url: '${path}&download', credentials })
    await session.upload({ url: '${path}&upload', method: 'POST', credentials }, 'body')
    await session.close()`)
  const sent = (await origin.journal()).filter(({ url }) => url.startsWith(path))
  const seen = sent.map(({ headers, url }) => [url.split('&')[1], headers['cookie'] !== undefined])
  const has = cookies === '{}'
  expect(Object.fromEntries(seen)).toEqual({ data: has, fetch: has, request: has, download: has, upload: has })
})
