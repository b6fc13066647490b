import { mkdtemp, mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Origin, remoteOrigin, startOrigin } from '../src/origin/index.ts'
import { raw } from './raw-client.ts'

let origin: Origin

beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'origin-'))
  await mkdir(join(dir, 'sub'))
  await writeFile(join(dir, 'index.html'), '<p>hello')
  await writeFile(join(dir, 'app.js'), 'export {}')
  await writeFile(join(dir, 'sub/x.wasm'), 'wasm')
  const headers = { 'Content-Security-Policy': "script-src 'self'", 'Cross-Origin-Opener-Policy': 'same-origin' }
  origin = await startOrigin({
    staticDirs: { '/plain/': dir, '/strict/': { dir, headers, fallback: 'index.html' } },
    routes: {
      '/own/': (exchange) => {
        exchange.head(201, [['X-Own', 'yes']])
        exchange.response.end('mine')
      },
    },
  })
})
afterAll(() => origin.stop())

describe('CORS', () => {
  const seen = async (headers: Record<string, string> = {}, method = 'GET'): Promise<string> =>
    (await raw(`${origin.url}/files/c`, { Origin: 'http://page.test', ...headers }, method)).head

  test('none, simple, exposed, credentials', async () => {
    const file = origin.file('c', { size: 1, cors: 'none' })
    expect(await seen()).not.toContain('Access-Control')
    file.behave({ cors: 'simple' })
    expect(await seen()).toContain('Access-Control-Allow-Origin: *')
    expect(await seen()).not.toContain('Expose')
    file.behave({ cors: 'exposed' })
    expect(await seen()).toMatch(/Expose-Headers: .*Content-Range.*ETag/)
    file.behave({ cors: 'credentials', timingAllowOrigin: true })
    expect(await seen()).toMatch(/Allow-Origin: http:\/\/page.test\r\n/)
    expect(await seen()).toContain('Timing-Allow-Origin: *')
  })

  test('preflights are answered, counted apart, and use up no script', async () => {
    const file = origin.file('c', { size: 1 }).nextResponses([{ status: 503 }])
    origin.journal.clear()
    const asking = { 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'if-range, x-mine' }
    const head = await seen(asking, 'OPTIONS')
    expect(head).toMatch(/^HTTP\/1.1 204/)
    expect(head).toContain('Access-Control-Allow-Headers: if-range, x-mine')
    expect([file.scripted, origin.journal.forFile('c').length, origin.journal.entries.length]).toEqual([1, 0, 1])
    expect(origin.journal.entries[0]?.preflight).toBe(true)
    file.behave({ preflight: 'refuse' })
    expect(await seen(asking, 'OPTIONS')).not.toContain('Access-Control-Allow')
  })
})

describe('pages and fixtures', () => {
  test('folders, types, headers by prefix, no way out of the folder', async () => {
    const page = await fetch(`${origin.url}/plain/`)
    expect([page.headers.get('content-type'), await page.text()]).toEqual(['text/html; charset=utf-8', '<p>hello'])
    const script = await fetch(`${origin.url}/strict/app.js`)
    expect([script.headers.get('content-type'), script.headers.get('content-security-policy')]).toEqual([
      'text/javascript; charset=utf-8',
      "script-src 'self'",
    ])
    expect((await fetch(`${origin.url}/plain/sub/x.wasm`)).headers.get('content-type')).toBe('application/wasm')
    expect((await fetch(`${origin.url}/plain/none`)).status).toBe(404)
    expect(await (await fetch(`${origin.url}/strict/some/route`)).text()).toBe('<p>hello')
    expect((await raw(`${origin.url}/plain/x`.replace('/x', '/%2e%2e/%2e%2e/etc/passwd'))).head).toMatch(
      /^HTTP\/1.1 404/,
    )
  })

  test('a route of your own', async () => {
    const response = await fetch(`${origin.url}/own/thing`)
    expect([response.status, response.headers.get('x-own'), await response.text()]).toEqual([201, 'yes', 'mine'])
  })

  test('echo, status, redirect, cookies, basic, sink', async () => {
    const echo = await (await fetch(`${origin.url}/echo?a=1`, { method: 'PUT', body: 'text' })).json()
    expect(echo).toMatchObject({ method: 'PUT', url: '/echo?a=1', body: 'text', headers: { 'content-length': '4' } })
    expect((await fetch(`${origin.url}/status/418`)).status).toBe(418)
    expect((await fetch(`${origin.url}/redirect/3`)).url).toBe(`${origin.url}/echo`)
    expect((await fetch(`${origin.url}/set-cookie?a=1&b=2`)).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect((await fetch(`${origin.url}/basic/me/secret`)).status).toBe(401)
    expect(
      (await fetch(`${origin.url}/basic/me/secret`, { headers: { Authorization: `Basic ${btoa('me:secret')}` } }))
        .status,
    ).toBe(200)
    const sunk = await (await fetch(`${origin.url}/sink`, { method: 'POST', body: new Uint8Array(3_000_000) })).json()
    expect(sunk).toMatchObject({ bytes: 3_000_000 })
  })
})

describe('from afar', () => {
  test('the same words over the wire', async () => {
    const remote = remoteOrigin(origin.url)
    await remote.clearJournal()
    const file = await remote.file('r', { size: 1000, seed: 3 })
    expect(file).toMatchObject({ name: 'r', url: `${origin.url}/files/r`, size: 1000, seed: 3 })
    await file.nextResponses([{ status: 500 }])
    expect((await fetch(file.url)).status).toBe(500)
    await file.behave({ stallAfter: 10 })
    const running = fetch(file.url).then((response) => response.arrayBuffer())
    expect(await remote.when({ file: 'r', status: 200, bytesSent: 10 })).toMatchObject({
      outcome: 'stalled',
      bytesSent: 10,
    })
    await file.releaseStalls()
    expect((await running).byteLength).toBe(1000)
    expect((await file.requests()).map((entry) => entry.status)).toEqual([500, 200])
    expect((await file.change({ size: 5 })).size).toBe(5)
    expect((await file.sha256()).sri).toMatch(/^sha256-/)
    await expect(file.behave({ nonsense: 1 } as never)).rejects.toThrow("unknown behaviour 'nonsense'")
    await expect(remote.command({ do: 'sha256', name: 'nobody' })).rejects.toThrow("no file 'nobody'")
  })

  test('restart and refusal over the wire end by themselves', async () => {
    const remote = remoteOrigin(origin.url)
    const file = await remote.file('r', { size: 10 })
    await remote.refuse(150)
    await expect.poll(async () => (await raw(file.url)).end).toBe('ECONNREFUSED')
    await expect.poll(async () => (await raw(file.url)).end).toBe('closed')
    await remote.restart()
    await expect
      .poll(() =>
        fetch(file.url).then(
          (response) => response.status,
          () => 0,
        ),
      )
      .toBe(200)
  })
})
