/** Downloads from servers that nobody here has written: nginx, httpbin, and HTTP/2 over TLS. Skipped where they are not installed. */
import { describe, expect, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { certificate } from '../platform-node/support/certificate.ts'
import { realServer } from '../support/real-server.ts'
import { PLAIN_SIZE, text } from '../support/servers/contents.ts'
import { bytesOf, inNode, makeSession, node, quick, reached, unique } from '../support/session.ts'

const [nginx, httpbin, http2] = await Promise.all([realServer('nginx'), realServer('httpbin'), realServer('http2')])
const plain = contentAt(1, 0, PLAIN_SIZE)

/** What a browser asks for by itself and Node only when told to. */
const compressed = (url: string, coding: string) => (inNode ? { url, headers: { 'Accept-Encoding': coding } } : url)

async function downloaded(request: Parameters<ReturnType<typeof makeSession>['download']>[0]) {
  const task = makeSession(quick).downloadTask(request).resume()
  const { file, response } = await task.finished
  return { task, file, response, bytes: await bytesOf(await file.blob()) }
}

const decoded = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

describe.skipIf(nginx.missing)(nginx.title, () => {
  it('gives a file, its name and its validators', async () => {
    const { file, bytes, response } = await downloaded(`${nginx.url}/plain.bin`)
    expect(bytes).toEqual(plain)
    expect(file).toMatchObject({ name: 'plain.bin', size: PLAIN_SIZE })
    expect(response.headers.get('etag')).toMatch(/^"/)
  })

  it.each(['slow', 'slow/hidden'])('is gone on with where a download was stopped (/%s)', async (place) => {
    const session = makeSession()
    const first = session.downloadTask(`${nginx.url}/${place}/plain.bin`).resume()
    await reached(first, 1)
    const resumeData = (await first.cancelProducingResumeData()) ?? expect.fail('there is no resume data')
    await expect(first.finished).rejects.toMatchObject({ code: 'cancelled' })
    const second = session.downloadTask(resumeData).resume()
    const { file } = await second.finished
    expect(await bytesOf(await file.blob())).toEqual(plain)
    expect(second.metrics?.transactions.map(({ status }) => status)).toEqual([206])
    expect(second.warnings).toEqual([])
  })

  it.each(nginx.has.includes('brotli') ? ['gzip', 'br'] : ['gzip'])(
    'compresses by %s, and the file is the text: a browser asks again for it as it is',
    async (coding) => {
      const { file, bytes, response, task } = await downloaded(compressed(`${nginx.url}/${coding}/text.txt`, coding))
      expect(decoded(bytes) === text).toBe(true)
      expect(file.size).toBe(bytes.length)
      // See docs/decisions/0010-compressed-bodies.md.
      const seen = [response.headers.get('content-encoding'), response.expectedContentLength]
      expect(seen).toEqual(inNode ? [coding, null] : [null, bytes.length])
      const statuses = task.metrics?.transactions.map(({ status }) => status)
      expect(statuses).toEqual(inNode ? [200] : [200, 206])
    },
  )

  it('sends as it is what would not become smaller', async () => {
    const { bytes, response } = await downloaded(compressed(`${nginx.url}/gzip/plain.bin`, 'gzip'))
    expect(bytes).toEqual(plain)
    expect(response.headers.get('content-encoding')).toBe(null)
  })

  it('has a page for what is not there, and that is what is downloaded', async () => {
    const { bytes, response } = await downloaded(`${nginx.url}/nowhere.bin`)
    expect(response.status).toBe(404)
    expect(decoded(bytes)).toContain('404 Not Found')
  })
})

describe.skipIf(httpbin.missing)(httpbin.title, () => {
  const letters = (count: number): string =>
    Array.from({ length: count }, (_, index) => String.fromCharCode(97 + (index % 26))).join('')

  it('gives its alphabet, slowly and in chunks', async () => {
    const { bytes } = await downloaded(`${httpbin.url}/range/50000?chunk_size=1000`)
    expect(decoded(bytes) === letters(50_000)).toBe(true)
  })

  it.each(['gzip', 'brotli', 'deflate'])('sends JSON by %s, asked or not', async (coding) => {
    const { bytes, file } = await downloaded(compressed(`${httpbin.url}/${coding}`, 'gzip, br, deflate'))
    const value = JSON.parse(decoded(bytes)) as Record<string, unknown>
    expect(value).toMatchObject({
      method: 'GET',
      [coding === 'gzip' ? 'gzipped' : coding === 'brotli' ? 'brotli' : 'deflated']: true,
    })
    expect(file.size).toBe(bytes.length)
  })

  it.each(['relative-redirect', 'absolute-redirect'])('leads over three hops (%s) to the answer', async (kind) => {
    const { response, bytes } = await downloaded(`${httpbin.url}/${kind}/3`)
    expect(response.url).toBe(`${httpbin.url}/get`)
    expect(JSON.parse(decoded(bytes))).toMatchObject({ url: `${httpbin.url}/get` })
  })

  it.each([204, 404, 418, 451])('answers with status %i, and that is no failure', async (status) => {
    expect((await downloaded(`${httpbin.url}/status/${status}`)).response.status).toBe(status)
  })

  it('is asked again while it is unavailable, and then that is the answer', async () => {
    const task = makeSession({ retry: { ...quick.retry, attempts: 3 } })
      .downloadTask(`${httpbin.url}/status/503`)
      .resume()
    expect((await task.finished).response.status).toBe(503)
    expect(task.metrics?.transactions.map(({ status }) => status)).toEqual([503, 503, 503])
  })

  it('is shown the headers that were set, and no others of ours', async () => {
    const { bytes } = await downloaded({ url: `${httpbin.url}/headers`, headers: { 'X-Own': 'yes' } })
    expect(JSON.parse(decoded(bytes))).toMatchObject({ headers: { 'X-Own': 'yes' } })
    expect(decoded(bytes)).not.toMatch(/"(Range|If-Range)"/)
  })
})

// Chromium is started with trust in the certificate (see vitest.config.ts); no other browser can be told to have it.
const trusted = inNode || navigator.userAgent.includes('Chrome/')
if (node) {
  const tls = node('node:tls')
  tls.setDefaultCACertificates([...tls.getCACertificates(), certificate])
}

describe.skipIf(http2.missing || !trusted)(`${http2.title} over TLS`, () => {
  it('is spoken by a browser, and HTTP/1.1 by Node, with the same bytes', async () => {
    const { bytes, response } = await downloaded(`${http2.url}/plain.bin`)
    expect(bytes).toEqual(plain)
    expect(response.headers.get('x-protocol')).toBe(inNode ? '1.1' : '2.0')
  })

  it('is gone on with when a stream is reset in the middle', async () => {
    const name = unique('stream')
    const task = makeSession(quick).downloadTask(`${http2.url}/plain.bin?halt=${name}`).resume()
    await reached(task, PLAIN_SIZE / 2)
    expect(await (await fetch(`${http2.url}/reset?halt=${name}`, { method: 'POST' })).text()).toBe('reset')
    const { file } = await task.finished
    expect(await bytesOf(await file.blob())).toEqual(plain)
    expect(task.metrics?.transactions.map(({ status }) => status)).toEqual([200, 206])
  })

  it('carries twelve downloads at once', async () => {
    const session = makeSession(quick)
    const files = await Promise.all(
      Array.from({ length: 12 }, (_, index) => session.download(`${http2.url}/plain.bin?${index}`)),
    )
    expect(files.map(({ file }) => file.size)).toEqual(Array.from({ length: 12 }, () => PLAIN_SIZE))
  })
})
