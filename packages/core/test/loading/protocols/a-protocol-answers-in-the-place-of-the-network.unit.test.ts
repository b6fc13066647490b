/** Custom protocols: who is asked, what they are given, and what becomes of what they tell. */
import { describe, expect, it } from 'vitest'
import { ScriptedTransport } from '../../../../testing/src/fakes/scripted-transport.ts'
import { protocolTransport } from '../../../src/loading/protocols/protocol-transport.ts'
import type { ProtocolRequest, URLProtocol, URLProtocolClient } from '../../../src/model/url-protocol.ts'
import { URLError } from '../../../src/model/url-error.ts'
import type { Transport, WireRequest, WireResponse } from '../../../src/ports/transport.ts'
import { ask, readAll, readText, unreachable, wire } from './support/exchange.ts'

const url = 'own://host/path'

/** A protocol that accepts everything. */
const loading = (load: URLProtocol['load']): URLProtocol => ({ accepts: () => true, load })
const through = (load: URLProtocol['load']): Transport => protocolTransport([loading(load)], unreachable)
const send = (load: URLProtocol['load'], more?: Partial<WireRequest>): Promise<WireResponse> =>
  through(load).send(wire(url, more))
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

/** A client in the hands of the test. */
async function held(more?: Partial<WireRequest>): Promise<{ client: URLProtocolClient; sent: Promise<WireResponse> }> {
  const given = Promise.withResolvers<URLProtocolClient>()
  const sent = send((_request, client) => given.resolve(client), more)
  sent.catch(() => {})
  return { client: await given.promise, sent }
}

describe('who is asked', () => {
  it('the first that accepts it, and nobody after', async () => {
    const asked: string[] = []
    const named = (name: string, yes: boolean): URLProtocol => ({
      accepts: () => (asked.push(name), yes),
      load: () => (asked.push(`${name} loads`), new Response(name)),
    })
    const transport = protocolTransport([named('one', false), named('two', true), named('three', true)], unreachable)
    expect(await readText((await transport.send(wire(url))).body)).toBe('two')
    expect(asked).toEqual(['one', 'two', 'two loads'])
  })

  it('http too: any status is an answer', async () => {
    const transport = through(() => new Response('slow down', { status: 429, headers: { 'retry-after': '5' } }))
    const response = await transport.send(wire('https://host.test/'))
    expect([response.status, response.headers.get('retry-after'), response.url, response.headersFiltered]).toEqual([
      429,
      '5',
      'https://host.test/',
      false,
    ])
  })

  it('the network, where nobody accepts http; nobody where nobody accepts another scheme', async () => {
    const network = new ScriptedTransport({ redirects: 'each-hop' })
    network.answerWith(() => ({ status: 204 }))
    const transport = protocolTransport([{ accepts: () => false, load: () => {} }], network)
    expect((await transport.send(wire('https://host.test/'))).status).toBe(204)
    await expect(transport.send(wire('ssh://host.test/'))).rejects.toMatchObject({
      code: 'unsupportedURL',
      message: expect.stringContaining('the scheme ssh:') as string,
    })
    expect(network.sent).toHaveLength(1)
  })

  it.each<[string, () => unknown, string, string]>([
    [
      'throws',
      () => {
        throw new RangeError('no')
      },
      'unknown',
      'RangeError: no',
    ],
    ['gives a Promise', async () => true, 'badServerResponse', 'gave a Promise'],
    ['gives nothing', () => undefined, 'badServerResponse', 'gave undefined'],
  ])('an accepts that %s fails the request', async (_what, accepting, code, why) => {
    const transport = protocolTransport([{ accepts: accepting as never, load: () => new Response('') }], unreachable)
    await expect(transport.send(wire(url))).rejects.toMatchObject({
      code,
      url,
      message: expect.stringContaining(why) as string,
    })
  })
})

describe('what a protocol is given', () => {
  it('a copy of the request each', async () => {
    const request = wire(url, { method: 'PUT', headers: new Headers({ a: 'b' }), cache: 'reload' })
    const transport = protocolTransport(
      [
        { accepts: ({ headers }) => (headers.set('a', 'spoilt'), false), load: () => {} },
        loading(({ method, headers, cachePolicy, body, ...rest }) =>
          Response.json([rest.url, method, headers.get('a'), cachePolicy, body]),
        ),
      ],
      unreachable,
    )
    expect(JSON.parse(await readText((await transport.send(request)).body))).toEqual([url, 'PUT', 'b', 'reload', null])
    expect(request.headers.get('a')).toBe('b')
  })

  it.each<[string, () => BodyInit]>([
    ['a text', () => 'höhe'],
    ['bytes', () => bytes('höhe')],
    ['a Blob', () => new Blob(['höhe'])],
    ['a stream', () => new Blob(['höhe']).stream()],
  ])('a body that can be read again: %s', async (_what, sent) => {
    const load = async ({ body }: ProtocolRequest): Promise<Response> =>
      new Response(`${await body?.text()} ${await body?.text()} ${body?.size}`)
    expect(await readText((await send(load, { method: 'POST', body: sent() })).body)).toBe('höhe höhe 5')
  })

  it('a form with the type that tells its boundary', async () => {
    const form = new FormData()
    form.set('name', 'value')
    const load = async ({ body, headers }: ProtocolRequest): Promise<Response> =>
      new Response((await new Response(body, { headers }).formData()).get('name'))
    expect(await readText((await send(load, { method: 'POST', body: form })).body)).toBe('value')
  })
})

describe('a Response', () => {
  it('is the answer, with its url where it has one', async () => {
    const load = async (): Promise<Response> =>
      new Response(bytes('body'), { status: 207, statusText: 'Many', headers: { etag: '"x"' } })
    const response = await send(load)
    expect([response.status, response.statusText, response.url, response.headers.get('etag')]).toEqual([
      207,
      'Many',
      url,
      '"x"',
    ])
    expect(await readText(response.body)).toBe('body')
    expect(await response.body.read()).toBeNull()
  })

  it('without a body is an answer too', async () => {
    const response = await send(() => new Response(null, { status: 204 }))
    expect(await response.body.read()).toBeNull()
  })

  it('is pulled, and let go of when the rest is given up', async () => {
    let pulls = 0
    const cancelled = Promise.withResolvers<unknown>()
    const stream = new ReadableStream<Uint8Array>(
      { pull: (controller) => controller.enqueue(new Uint8Array([++pulls])), cancel: cancelled.resolve },
      { highWaterMark: 0 },
    )
    let signal: AbortSignal | undefined
    const { body } = await send((_request, client) => ((signal = client.signal), new Response(stream)))
    expect([...((await body.read()) ?? [])]).toEqual([1])
    expect(pulls).toBe(1)
    await body.cancel()
    expect(await cancelled.promise).toMatchObject({ code: 'cancelled' })
    expect(signal?.aborted).toBe(true)
  })

  it('whose body breaks is a lost connection', async () => {
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new TypeError('terminated')),
    })
    const { body } = await send(() => new Response(stream))
    await expect(body.read()).rejects.toMatchObject({
      code: 'networkConnectionLost',
      url,
      phase: 'body',
      retryable: true,
    })
  })

  it('ends with the request’s signal, also while a read waits', async () => {
    const controller = new AbortController()
    const { body } = await send(() => new Response(new ReadableStream<Uint8Array>({})), { signal: controller.signal })
    const reading = body.read()
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(reading).rejects.toBe(reason)
  })
})

describe('a client', () => {
  it('is told head, bytes and end, and the bytes are the reader’s until it asks for more', async () => {
    const { client, sent } = await held()
    client.didReceiveResponse({ status: 201, headers: { a: 'b' }, url: 'own://host/other' })
    const { status, headers, url: from, body } = await sent
    expect([status, headers.get('a'), from]).toEqual([201, 'b', 'own://host/other'])
    let taken = false
    const buffer = bytes('one')
    void client.didLoad(buffer).then(() => (taken = true))
    expect(await body.read()).toBe(buffer)
    await Promise.resolve()
    expect(taken).toBe(false)
    const next = body.read()
    await expect.poll(() => taken).toBe(true)
    await client.didLoad(new Uint8Array())
    void client.didLoad(bytes('two'))
    client.didFinish()
    expect(new TextDecoder().decode((await next) ?? undefined)).toBe('two')
    expect([await body.read(), await body.read()]).toEqual([null, null])
  })

  it('that fails still has its bytes read', async () => {
    const { client, sent } = await held()
    client.didReceiveResponse({ status: 200 })
    void client.didLoad(bytes('bytes'))
    client.didFail(new URLError('timedOut', { why: 'the tape stands still' }))
    const { body } = await sent
    expect(new TextDecoder().decode((await body.read()) ?? undefined)).toBe('bytes')
    await expect(body.read()).rejects.toMatchObject({ code: 'timedOut', url })
    await expect(body.read()).rejects.toMatchObject({ code: 'timedOut' })
  })

  it.each([
    [
      'throws',
      () => {
        throw new TypeError('oops')
      },
    ],
    [
      'rejects',
      async () => {
        throw new TypeError('oops')
      },
    ],
    ['tells it', (_: ProtocolRequest, client: URLProtocolClient) => client.didFail(new TypeError('oops'))],
  ] as const)('a failure that a protocol %s is the request’s', async (_what, load) => {
    await expect(send(load)).rejects.toMatchObject({
      code: 'unknown',
      url,
      message: expect.stringContaining('TypeError: oops') as string,
      retryable: false,
    })
  })

  it('hears when the request is aborted, and the request does not wait for it', async () => {
    const controller = new AbortController()
    const { client, sent } = await held({ signal: controller.signal })
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(sent).rejects.toBe(reason)
    expect(client.signal.reason).toBe(reason)
    client.didReceiveResponse({ status: 200 })
    client.didFinish()
    await expect(client.didLoad(bytes('late'))).rejects.toBe(reason)
  })

  it('hears when the rest is given up; what nobody will read is refused', async () => {
    const { client, sent } = await held()
    client.didReceiveResponse({ status: 200 })
    const waiting = client.didLoad(bytes('never read'))
    await (await sent).body.cancel()
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
    expect(client.signal.aborted).toBe(true)
  })

  it('hears an abort while the body is read, and so does the reader', async () => {
    const controller = new AbortController()
    const { client, sent } = await held({ signal: controller.signal })
    client.didReceiveResponse({ status: 200 })
    const reading = (await sent).body.read()
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(reading).rejects.toBe(reason)
  })

  it('of a request that was aborted before is never made', async () => {
    const load = (): never => {
      throw new Error('it was asked')
    }
    await expect(send(load, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before')
  })
})

describe('against the rules', () => {
  const response = { status: 200 }
  it.each<[string, URLProtocol['load'], string]>([
    ['bytes before a response', (_, client) => void client.didLoad(bytes('x')), 'didLoad came before a response'],
    ['an end before a response', (_, client) => client.didFinish(), 'didFinish came before a response'],
    ['a status that is none', (_, client) => client.didReceiveResponse({ status: 99 }), 'the status was 99'],
    [
      'headers that are none',
      (_, client) => client.didReceiveResponse({ status: 200, headers: { 'a b': 'c' } }),
      'headers that HTTP',
    ],
    ['a url that is none', (_, client) => client.didReceiveResponse({ status: 200, url: '/x' }), 'not an absolute one'],
    [
      'a redirect that is none',
      (_, client) => client.wasRedirected('/x', { status: 200 }),
      'wasRedirected had the status 200',
    ],
    ['something else than a Response', (() => 'text') as never, 'other than a Response'],
    ['a Response that says nothing', () => Response.error(), 'cannot be read (error)'],
    [
      'a Response that was read',
      async () => {
        const used = new Response('x')
        await used.text()
        return used
      },
      'read already',
    ],
  ])('%s, before an answer: the request fails', async (_what, load, why) => {
    await expect(send(load)).rejects.toMatchObject({
      code: 'badServerResponse',
      url,
      message: expect.stringContaining(why) as string,
    })
  })

  it.each<[string, URLProtocol['load'], string]>([
    [
      'two responses',
      (_, client) => {
        client.didReceiveResponse(response)
        client.didReceiveResponse(response)
      },
      'after another',
    ],
    [
      'two ends',
      (_, client) => {
        client.didReceiveResponse(response)
        client.didFinish()
        client.didFinish()
      },
      'didFinish came after',
    ],
    [
      'a failure after the end',
      (_, client) => {
        client.didReceiveResponse(response)
        client.didFinish()
        client.didFail('x')
      },
      'didFail came after',
    ],
    [
      'bytes after the end',
      (_, client) => {
        client.didReceiveResponse(response)
        client.didFinish()
        void client.didLoad(bytes('x'))
      },
      'didLoad came after',
    ],
    [
      'no bytes',
      (_, client) => {
        client.didReceiveResponse(response)
        void client.didLoad('x' as never)
      },
      'other than a Uint8Array',
    ],
    [
      'a Response besides',
      (_, client) => {
        client.didReceiveResponse(response)
        return new Response('x')
      },
      'after the client had been told',
    ],
    [
      'a client besides a Response',
      (_, client) => {
        queueMicrotask(() => queueMicrotask(() => client.didFinish()))
        return new Response(new ReadableStream())
      },
      'didFinish came after',
    ],
    [
      'a Response of texts',
      () => new Response(new ReadableStream({ start: (controller) => controller.enqueue('x') })),
      'other than a Uint8Array',
    ],
  ])('%s, after an answer: its body fails', async (_what, load, why) => {
    const { body } = await send(load)
    await expect(readAll(body)).rejects.toMatchObject({
      code: 'badServerResponse',
      url,
      phase: 'body',
      message: expect.stringContaining(why) as string,
    })
  })
})

describe('a redirect', () => {
  const away: URLProtocol['load'] = (_request, client) =>
    client.wasRedirected('https://host.test/', { status: 307, headers: { a: 'b' } })

  it('is shown to one who looks at hops', async () => {
    const { status, headers, body } = await send(away)
    expect([status, headers.get('location'), headers.get('a'), await body.read()]).toEqual([
      307,
      'https://host.test/',
      'b',
      null,
    ])
  })

  it('is followed for one who does not, through the protocols again', async () => {
    const network = new ScriptedTransport({ redirects: 'final-only' })
    network.answerWith(() => ({ status: 200 }))
    const checked: string[] = []
    const transport = protocolTransport(
      [
        { accepts: (one) => one.url === 'own://host/1', load: (_, client) => client.wasRedirected('/2') },
        {
          accepts: (one) => one.url === 'own://host/2',
          load: (_, client) => client.wasRedirected('https://host.test/3', { status: 308 }),
        },
      ],
      network,
      (hop) => void checked.push(hop),
    )
    const response = await transport.send(wire('own://host/1', { redirect: 'follow' }))
    expect([response.status, response.url, response.redirected]).toEqual([200, 'https://host.test/3', true])
    expect(checked).toEqual(['own://host/2', 'https://host.test/3'])
  })

  it('is refused where redirects are, and before a hop that is not allowed', async () => {
    await expect(send(away, { redirect: 'error' })).rejects.toMatchObject({ code: 'badServerResponse', status: 307 })
    const check = (): never => {
      throw new URLError('appTransportSecurityRequiresSecureConnection')
    }
    await expect(
      protocolTransport([{ accepts: (one) => one.url.startsWith('own:'), load: away }], unreachable, check).send(
        wire(url, { redirect: 'follow' }),
      ),
    ).rejects.toMatchObject({ number: -1022 })
  })

  it('in a circle ends', async () => {
    let loads = 0
    const circle: URLProtocol['load'] = (_request, client) => (loads++, client.wasRedirected(url))
    await expect(send(circle, { redirect: 'follow' })).rejects.toMatchObject({ code: 'httpTooManyRedirects' })
    expect(loads).toBe(21)
  })

  it('leads to no file and no other scheme', async () => {
    for (const target of ['file:///etc/passwd', 'data:,x', 'other://host/'])
      await expect(send((_, client) => client.wasRedirected(target), { redirect: 'follow' })).rejects.toMatchObject({
        code: 'redirectToNonExistentLocation',
      })
  })

  it('to another host of its scheme takes no credentials along', async () => {
    const headers = new Headers({ authorization: 'mine', accept: 'a' })
    const seen = await ask(
      through((request, client) =>
        request.url === url ? client.wasRedirected('own://other/') : Response.json([...request.headers.keys()]),
      ),
      url,
      headers,
      { redirect: 'follow' },
    )
    expect(JSON.parse(new TextDecoder().decode(seen.bytes))).toEqual(['accept'])
  })
})
