/**
 * Owns: the transport's cases about answers that come: head, body, framing, codings, redirects, CORS.
 */
import { contentAt } from '../origin/content.ts'
import { isURLError, same, sameBytes } from './cases.ts'
import { type AddCase, opaque, readAll, trip, wire } from './transport-stage.ts'

/** Adds them. */
export function addAnswerCases(on: AddCase, crossOrigin: boolean): void {
  on('an answer has status, URL, headers and every byte', async ({ transport, file }) => {
    const { url, etag } = await file({ size: 1_000_003, seed: 7 })
    const response = await transport.send(wire(url))
    same([response.status, response.url, response.redirected], [200, url, false], 'head')
    same(response.headers.get('content-length'), '1000003', 'content-length')
    same(response.headersFiltered, crossOrigin, 'headersFiltered')
    same(response.headers.get('etag'), etag, 'etag')
    sameBytes(await readAll(response.body), contentAt(7, 0, 1_000_003), 'body')
    same(await response.body.read(), null, 'after the end')
    await response.body.cancel()
  })

  on('sends method, headers and body', async ({ transport, remote }) => {
    const response = await transport.send(
      wire(`${remote.url}/echo?q=1`, {
        method: 'POST',
        headers: new Headers({ 'X-Mine': 'yes', 'Content-Type': 'text/x' }),
        body: new TextEncoder().encode('höhe'),
      }),
    )
    const echo = JSON.parse(new TextDecoder().decode(await readAll(response.body))) as {
      method: string
      body: string
      headers: Record<string, string>
    }
    same(
      [echo.method, echo.body, echo.headers['x-mine'], echo.headers['content-type']],
      ['POST', 'höhe', 'yes', 'text/x'],
      'echo',
    )
  })

  on('a range, and what says so', async ({ transport, file }) => {
    const { url } = await file({ size: 1000, seed: 3 })
    const response = await transport.send(wire(url, { headers: new Headers({ Range: 'bytes=100-199' }) }))
    same([response.status, response.headers.get('content-range')], [206, 'bytes 100-199/1000'], 'head')
    sameBytes(await readAll(response.body), contentAt(3, 100, 100), 'body')
  })

  on('every status is an answer, and none is tried again', async ({ transport, file }) => {
    for (const status of [404, 401, 429, 500, 503, 416]) {
      const errand = await file({ size: 1, status, text: `status ${status}`, retryAfter: 0 })
      const response = await transport.send(wire(errand.url))
      same(
        [response.status, new TextDecoder().decode(await readAll(response.body))],
        [status, `status ${status}`],
        'answer',
      )
      same((await errand.requests()).length, 1, `requests for ${status}`)
    }
  })

  on('HEAD, 204 and an empty file have no bytes', async ({ transport, file }) => {
    const whole = await file({ size: 100 })
    same((await readAll((await transport.send(wire(whole.url, { method: 'HEAD' }))).body)).length, 0, 'HEAD')
    for (const options of [{ size: 1, status: 204 }, { size: 0 }, { size: 0, framing: 'chunked' as const }]) {
      same(
        (await readAll((await transport.send(wire((await file(options)).url))).body)).length,
        0,
        JSON.stringify(options),
      )
    }
  })

  on('a body without a length, chunked or closed at its end, is whole', async ({ transport, file }) => {
    for (const framing of ['chunked', 'close'] as const) {
      const { url } = await file({ size: 400_000, seed: 5, framing })
      sameBytes(await readAll((await transport.send(wire(url))).body), contentAt(5, 0, 400_000), framing)
    }
  })

  on('a coded body arrives decoded', async ({ transport, file }) => {
    for (const encoding of ['gzip', 'deflate', 'br'] as const) {
      const { url } = await file({ body: 'text '.repeat(20_000), encoding })
      same((await readAll((await transport.send(wire(url))).body)).length, 100_000, encoding)
    }
  })

  on('redirects: followed, refused, or shown', async ({ transport, file }) => {
    const target = await file({ body: 'here' })
    const { url } = await file({ size: 1, redirect: { to: target.url, status: 307 } })
    const followed = await transport.send(wire(url))
    if (followed.status === 200) {
      same([followed.url, followed.redirected], [target.url, true], 'followed')
      same(new TextDecoder().decode(await readAll(followed.body)), 'here', 'body')
    } else {
      same([transport.redirects, followed.status], ['each-hop', 307], 'a transport that shows hops even unasked')
      await followed.body.cancel()
    }
    isURLError(
      await trip(transport, wire(url, { redirect: 'error' })),
      ['badServerResponse', 'httpTooManyRedirects', opaque],
      'refused',
    )
    if (transport.redirects === 'each-hop') {
      const shown = await transport.send(wire(url, { redirect: 'manual' }))
      same([shown.status, shown.headers.get('location'), shown.redirected], [307, target.url, false], 'shown')
      await shown.body.cancel()
    }
  })

  on('several at once do not mix', async ({ transport, file }) => {
    const all = await Promise.all(
      [1, 2, 3, 4].map(async (seed) => {
        const { url } = await file({ size: 250_000, seed })
        return readAll((await transport.send(wire(url))).body)
      }),
    )
    for (const [i, bytes] of all.entries()) sameBytes(bytes, contentAt(i + 1, 0, 250_000), `body ${i + 1}`)
  })

  on('no-store asks the server each time', async ({ transport, file }) => {
    const cached = await file({ size: 10, headers: { 'Cache-Control': 'max-age=1000' } })
    for (let i = 0; i < 2; i++) await readAll((await transport.send(wire(cached.url))).body)
    same((await cached.requests()).length, 2, 'requests')
  })

  if (crossOrigin) {
    on('what CORS hides is hidden and said to be; what it denies is opaque', async ({ transport, file }) => {
      const hidden = await transport.send(wire((await file({ size: 10, cors: 'simple' })).url))
      same(
        [hidden.headersFiltered, hidden.headers.get('etag'), hidden.headers.get('content-length')],
        [true, null, '10'],
        'simple',
      )
      await hidden.body.cancel()
      const error = await trip(transport, wire((await file({ size: 10, cors: 'none' })).url))
      isURLError(error, [opaque], 'denied')
      same(Reflect.get(error as object, 'opaque'), true, 'opaque')
    })
  }
}
