/**
 * A body of `session.fetch` on its own origin is over with its last announced byte, and never before: each test asks the platform's fetch
 * too, and compares.
 */
import { expect, it } from 'vitest'
import type { FileOptions } from '../../../testing/src/origin/vocabulary.ts'
import { origin, serve, unique } from '../support/session.ts'
import { onOwnOrigin } from './support/own-origin.ts'

const SENDERS = ['fetch', 'new urlsession.URLSession().fetch']

/** What a script sees with the platform's fetch for `send`, and with ours. */
async function both(script: (nth: number) => Promise<string>): Promise<[theirs: unknown, mine: unknown]> {
  const seen: unknown[] = []
  for (const [nth, send] of SENDERS.entries())
    seen.push(await onOwnOrigin(`const send = ${send}; ${await script(nth)}`))
  return seen as [unknown, unknown]
}

const pathOf = ({ url }: { url: string }): string => new URL(url).pathname

const served = async (options: FileOptions): Promise<string> =>
  pathOf(await serve('body.txt', { headers: { 'Cache-Control': 'no-store' }, contentType: 'text/plain', ...options }))

const PIECES = `
  const piecesOf = async (body, each) => {
    const reader = body.getReader()
    const pieces = []
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      pieces.push(new TextDecoder().decode(next.value))
      await each?.()
    }
    return pieces
  }`

it('in chunks, whatever length it announces besides', async () => {
  const [theirs, mine] = await both(async () => {
    const file = await serve('both.txt', {
      body: 'first, second',
      headers: { 'Transfer-Encoding': 'chunked', 'Content-Length': '5', 'Cache-Control': 'no-store' },
      stallAfter: 5,
    })
    const got = `/${unique('got')}`
    // Seen by nobody but the journal, also where it fails.
    void origin.when({ url: got }).then(() => file.releaseStalls())
    return `${PIECES}
      const { body } = await send('${pathOf(file)}')
      return piecesOf(body, () => fetch('${got}'))`
  })
  expect(theirs).toEqual(['first', ', second'])
  expect(mine).toEqual(theirs)
})

it('of many pieces', async () => {
  const path = await served({ size: 3_000_000 })
  const [theirs, mine] = await both(
    async () => `
    const whole = new Uint8Array(await (await send('${path}')).arrayBuffer())
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', whole))
    return [whole.length, ...digest]`,
  )
  expect(mine).toEqual(theirs)
  expect(mine).toMatchObject({ 0: 3_000_000 })
})

it.each(['gzip', 'br'] as const)('compressed by %s, with a length', async (encoding) => {
  const path = await served({ body: 'content '.repeat(20_000), encoding })
  const [theirs, mine] = await both(
    async () => `
    const response = await send('${path}')
    return [response.headers.get('content-length') !== null, (await response.text()).length]`,
  )
  expect(mine).toEqual(theirs)
  expect(mine).toEqual([true, 160_000])
})

it('however it is read', async () => {
  const path = await served({ body: 'content '.repeat(40_000) })
  const [theirs, mine] = await both(
    async () => `${PIECES}
    const get = async () => (await send('${path}')).body
    const lengthOf = async (body) => (await piecesOf(body)).join('').length
    const drained = async (reader) => {
      let length = 0
      // Two reads at once, until both are at the end.
      for (let ends = 0; ends < 2;)
        for (const { value, done } of await Promise.all([reader.read(), reader.read()])) {
          if (done) ends += 1
          length += value?.length ?? 0
        }
      return length
    }
    const seen = []
    seen.push(await drained((await get()).getReader()))
    seen.push(await Promise.all((await get()).tee().map(lengthOf)))
    const response = await send('${path}')
    const copy = response.clone()
    seen.push(await Promise.all([response.text(), copy.text()]).then((texts) => texts.map(({ length }) => length)))
    const late = await send('${path}')
    const lateCopy = late.clone()
    seen.push((await late.text()).length, (await lateCopy.arrayBuffer()).byteLength)
    const { readable, writable } = new TransformStream()
    const [, piped] = await Promise.all([(await get()).pipeTo(writable), lengthOf(readable)])
    seen.push(piped)
    seen.push(await new Response((await get()).pipeThrough(new TextDecoderStream()).pipeThrough(new TextEncoderStream())).text().then(({ length }) => length))
    let looped = 0
    for await (const piece of await get()) looped += piece.length
    seen.push(looped)
    // Cancelled after its last byte, before anybody was told that it is the last.
    const cancelled = await send('${path}')
    const reader = cancelled.body.getReader()
    let left = 320_000
    while (left > 0) left -= (await reader.read()).value.length
    seen.push(await reader.cancel('enough').then(() => 'cancelled', String), cancelled.bodyUsed, left)
    seen.push(await reader.closed.then(() => 'closed', String))
    const half = (await get()).getReader()
    await half.read()
    const rest = half.read()
    await half.cancel()
    seen.push((await half.read()).done)
    await rest
    return seen`,
  )
  expect(mine).toEqual(theirs)
  expect(mine).toMatchObject([
    320_000,
    [320_000, 320_000],
    [320_000, 320_000],
    320_000,
    320_000,
    320_000,
    320_000,
    320_000,
    'cancelled',
    true,
    0,
    'closed',
    true,
  ])
})

it('as a service worker made it, kept it, or let it pass', async () => {
  const path = await served({ body: 'first, second' })
  const worker = pathOf(
    await serve('worker.js', {
      contentType: 'text/javascript',
      body: `
        addEventListener('install', () => skipWaiting())
        addEventListener('activate', (event) => event.waitUntil(clients.claim()))
        let go = () => {}
        // Longer than it says; what is too much comes when the page has the rest.
        const made = () => {
          const pieces = ['first', ', second'].map((text) => new TextEncoder().encode(text))
          const more = new Promise((resolve) => (go = resolve))
          return new Response(new ReadableStream({
            async pull(controller) {
              if (pieces.length === 1) await more
              controller.enqueue(pieces.shift())
              if (pieces.length === 0) controller.close()
            },
          }), { headers: { 'Content-Length': '5' } })
        }
        const kept = async () => {
          const cache = await caches.open('kept')
          await cache.put('/kept', await fetch('${path}'))
          return cache.match('/kept')
        }
        const answers = { made, kept, passed: () => fetch('${path}'), go: () => { go(); return new Response() } }
        addEventListener('fetch', (event) => {
          const answer = answers[new URL(event.request.url).searchParams.get('by')]
          if (answer) event.respondWith(answer())
        })`,
    }),
  )
  const [theirs, mine] = await both(
    async () => `${PIECES}
    const changed = new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve))
    const registration = await navigator.serviceWorker.register('${worker}', { scope: location.pathname })
    await changed
    const seen = {}
    for (const by of ['made', 'kept', 'passed']) {
      const { type, body } = await send('/any?by=' + by)
      seen[by] = [type, (await piecesOf(body, () => fetch('/any?by=go'))).join('')]
    }
    await registration.unregister()
    return seen`,
  )
  // What was made up looks like the server's own.
  const whole = ['basic', 'first, second']
  expect(theirs).toEqual({ made: whole, kept: whole, passed: whole })
  expect(mine).toEqual(theirs)
})
