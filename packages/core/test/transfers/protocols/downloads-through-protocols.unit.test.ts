/** Downloads whose bytes come from a protocol: to a file, and on from where they stopped. */
import { describe, expect, it } from 'vitest'
import { dataProtocol } from '../../../src/loading/protocols/data-protocol.ts'
import { serveRange } from '../../../src/model/served-range.ts'
import type { URLProtocol } from '../../../src/model/url-protocol.ts'
import { Life } from '../support/engine-life.ts'
import { interrupted } from './support/interrupted.ts'

const content = Uint8Array.from({ length: 100_000 }, (_, at) => (at * 31) % 251)

/** A file of a scheme of one's own. */
const own = (etag = '"one"'): URLProtocol => ({
  accepts: ({ url }) => url.startsWith('own:'),
  async load(request, client) {
    const { status, headers, from, to } = serveRange(request, {
      size: content.length,
      type: null,
      etag,
      lastModified: null,
    })
    client.didReceiveResponse({ status, headers })
    for (let at = from; at < (to ?? 0); at += 1000)
      await client.didLoad(content.subarray(at, Math.min(at + 1000, to ?? 0)))
    client.didFinish()
  },
})

describe('a download', () => {
  it('through a custom protocol becomes a file', async () => {
    const life = await Life.begin({ protocols: [own()] })
    const uid = await life.start({ request: { url: 'own://host/file.bin' } })
    expect(await life.bytes(await life.finished(uid))).toEqual(content)
    expect(life.platform.transport.sent).toEqual([])
  })

  it('goes on where it stopped', async () => {
    const protocol = interrupted(own(), 40_500)
    const life = await Life.begin({ protocols: [protocol] })
    const uid = await life.start({ request: { url: 'own://host/file.bin' } })
    await protocol.stopped
    const resumeData = await life.cancelled(uid)
    expect(resumeData?.url).toBe('own://host/file.bin')
    const again = await life.start({ resumeData })
    expect(await life.bytes(await life.finished(again))).toEqual(content)
    expect(protocol.asked.map(({ headers }) => [headers.get('range'), headers.get('if-range')])).toEqual([
      [null, null],
      ['bytes=40500-', '"one"'],
    ])
  })

  it('of a data: URL becomes a file', async () => {
    const life = await Life.begin({ protocols: [dataProtocol] })
    const uid = await life.start({ request: { url: 'data:text/html,%3Cp%3E' } })
    const file = await life.finished(uid)
    expect(new TextDecoder().decode(await life.bytes(file))).toBe('<p>')
  })

  it('sends its body to the protocol, as often as it is asked again', async () => {
    // Their sizes: reading a Blob takes time of the machine's, of which a fake clock knows nothing.
    const bodies: (number | undefined)[] = []
    const protocol: URLProtocol = {
      accepts: () => true,
      load: ({ body }) => {
        bodies.push(body?.size)
        return bodies.length === 1 ? new Response('later', { status: 503 }) : new Response('done')
      },
    }
    const life = await Life.begin({ kind: 'default', protocols: [protocol] })
    const uid = await life.start({ request: { url: 'https://host.test/', method: 'PUT', body: 'once' } })
    expect(new TextDecoder().decode(await life.bytes(await life.finished(uid)))).toBe('done')
    expect(bodies).toEqual([4, 4])
  })

  it('that a protocol fails, or nobody loads, fails at once with its code', async () => {
    const fails: URLProtocol = {
      accepts: ({ url }) => url.startsWith('own:'),
      load: (_, client) => client.didFail(new TypeError('no')),
    }
    const life = await Life.begin({ protocols: [fails] })
    expect(await life.failed(await life.start({ request: { url: 'own:a' } }))).toMatchObject({
      code: 'unknown',
      url: 'own:a',
    })
    expect(await life.failed(await life.start({ request: { url: 'ssh://host/' } }))).toMatchObject({
      code: 'unsupportedURL',
      attempts: 1,
    })
  })
})
