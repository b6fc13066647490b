/** Authentication over a browser's fetch: cross-origin, as the suite's server is, and on the page's own origin. */
import { expect, inject, onTestFinished, test } from 'vitest'
import { remoteOrigin } from '../../../../testing/src/origin/remote-origin.ts'
import { readerOf } from '../../../src/platform/browser/byob-reader.ts'
import { createFetchTransport } from '../../../src/platform/browser/fetch-transport.ts'
import { guardedSuite } from './support/guarded-suite.ts'
import { asked, attempt, authenticator, right, textOf, wire } from './support/runs.ts'

const fetchTransport = createFetchTransport(readerOf)

guardedSuite(fetchTransport)

const name = (): string => Math.random().toString(36).slice(2)

test('a 401 whose challenge another origin hides is delivered', async () => {
  const { ask, challenges } = asked({ use: right })
  const url = `${inject('origin')}/guarded/${name()}/x?scheme=basic&hidden`
  const { status, response } = await attempt(fetchTransport, authenticator(), wire(url), { ask })
  expect([status, challenges]).toEqual([401, []])
  expect(await textOf(response)).toContain('"bare":1')
})

test('a 401 of the page’s own origin is delivered or answered, and no dialog waits', async () => {
  const helpers = new URL('./support/runs.ts', import.meta.url)
  const transport = new URL('../../../src/platform/browser/fetch-transport.ts', import.meta.url)
  const reader = new URL('../../../src/platform/browser/byob-reader.ts', import.meta.url)
  const script = `
    const { attempt, authenticator, right, wire } = await import(${JSON.stringify(helpers.href)})
    const { createFetchTransport } = await import(${JSON.stringify(transport.href)})
    const { readerOf } = await import(${JSON.stringify(reader.href)})
    const fetchTransport = createFetchTransport(readerOf)
    const statuses = []
    for (const scheme of ['basic', 'digest:SHA-256']) for (const proposed of [null, right])
      statuses.push((await attempt(fetchTransport, authenticator(), wire(location.origin + '/guarded/${name()}/x?scheme=' + scheme), { proposed })).status)
    parent.postMessage(statuses, '*')`
  const html = `<!doctype html><script type="module">try {${script}} catch (error) { parent.postMessage(String(error), '*') }</script>`
  const page = await remoteOrigin(inject('origin')).file(`${name()}.html`, { body: html, contentType: 'text/html' })
  const frame = document.createElement('iframe')
  onTestFinished(() => frame.remove())
  const told = new Promise((resolve) => {
    window.addEventListener('message', ({ source, data }) => source === frame.contentWindow && resolve(data))
  })
  frame.src = page.url
  document.body.append(frame)
  expect(await told).toEqual([401, 200, 401, 200])
})
