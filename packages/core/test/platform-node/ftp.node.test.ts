/** ftp: on a real server: whole files, parts, logins, and what servers refuse. */
import { once } from 'node:events'
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { protocolTransport } from '../../src/loading/protocols/protocol-transport.ts'
import { builtInProtocols } from '../../src/platform/node/built-in-protocols.ts'
import { ask, unreachable, wire } from '../loading/protocols/support/exchange.ts'
import { ftpServer, type FtpServer, type FtpServerOptions } from './support/ftp-server.ts'
import { scratch } from './support/scratch.ts'

const transport = protocolTransport(builtInProtocols(), unreachable)
const content = Uint8Array.from({ length: 3_000_000 }, (_, at) => (at * 31) % 251)
const date = 'Sat, 28 Nov 2020 12:00:00 GMT'

async function served(options: Partial<FtpServerOptions> = {}): Promise<FtpServer & { readonly folder: string }> {
  const folder = await scratch()
  await mkdir(join(folder, 'dir'))
  for (const name of ['file.bin', 'dir/a name ü.bin', 'empty']) {
    await writeFile(join(folder, name), name === 'empty' ? '' : content)
    await utimes(join(folder, name), new Date(date), new Date(date))
  }
  return { folder, ...(await ftpServer({ folder, ...options })) }
}
const basic = (text: string): HeadersInit => ({ authorization: `Basic ${btoa(text)}` })

test('a file comes whole, with its size and date, and the connection is closed', async () => {
  const { url, connections, commands } = await served()
  const { status, headers, bytes } = await ask(transport, `${url}file.bin`)
  expect([status, headers.get('content-length'), headers.get('last-modified'), headers.has('content-type')]).toEqual([
    200,
    '3000000',
    date,
    false,
  ])
  expect(headers.get('etag')).toMatch(/^"[\da-z-]+"$/)
  expect(Buffer.compare(bytes, content)).toBe(0)
  expect(commands).toContain('USER anonymous')
  await vi.waitFor(() => expect(connections()).toBe(0))
})

test('names are decoded', async () => {
  const { url } = await served()
  expect((await ask(transport, `${url}dir/a%20name%20%C3%BC.bin`)).bytes.length).toBe(3_000_000)
  expect((await ask(transport, `${url}%2Fdir/a%20name%20%C3%BC.bin;type=i`)).bytes.length).toBe(3_000_000)
})

test('a part starts at its offset, and ends where it should', async () => {
  const { url, commands, connections } = await served()
  const end = await ask(transport, `${url}file.bin`, { range: 'bytes=2999990-', 'if-range': date })
  expect([end.status, end.headers.get('content-range')]).toEqual([206, 'bytes 2999990-2999999/3000000'])
  expect(end.bytes).toEqual(content.slice(2_999_990))
  expect(commands).toContain('REST 2999990')
  const middle = await ask(transport, `${url}file.bin`, { range: 'bytes=1000-99999' })
  expect([middle.status, Buffer.compare(middle.bytes, content.slice(1000, 100_000))]).toEqual([206, 0])
  await vi.waitFor(() => expect(connections()).toBe(0))
})

test('an empty file is whole, and HEAD reads nothing', async () => {
  const { url, commands } = await served()
  expect(await ask(transport, `${url}empty`)).toMatchObject({ status: 200, bytes: new Uint8Array() })
  const head = await ask(transport, `${url}file.bin`, {}, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length'), head.bytes.length]).toEqual([200, '3000000', 0])
  expect(commands.filter((command) => command.startsWith('RETR'))).toEqual(['RETR empty'])
})

test('a server without SIZE and MDTM gives the whole, and nothing to resume by', async () => {
  const { url } = await served({ unknown: ['SIZE', 'MDTM'] })
  const { status, headers, bytes } = await ask(transport, `${url}file.bin`, { range: 'bytes=10-' })
  expect([status, [...headers.keys()], bytes.length]).toEqual([200, ['accept-ranges'], 3_000_000])
  expect(headers.get('accept-ranges')).toBe('none')
})

test('user and password come from the header, else from the URL; without them there is a challenge', async () => {
  const { url } = await served({ login: { user: 'me@home', password: 'a:b' } })
  expect((await ask(transport, `${url}file.bin`, basic('me@home:a:b'))).status).toBe(200)
  expect((await ask(transport, `${url.replace('//', '//me%40home:a%3Ab@')}file.bin`)).status).toBe(200)
  for (const headers of [{}, basic('me@home:wrong')]) {
    const refused = await ask(transport, `${url}file.bin`, headers)
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      `Basic realm="ftp://${new URL(url).host}", charset="UTF-8"`,
    ])
  }
})

test('what is not there, a directory, or may not be read is told', async () => {
  const { url, connections } = await served({
    read: (name) => (name.includes('empty') ? null : new Error('Failed to open file.')),
  })
  for (const [path, code, number] of [
    ['missing', 'fileDoesNotExist', -1100],
    ['dir/missing', 'fileDoesNotExist', -1100],
    ['dir', 'fileIsDirectory', -1101],
    ['dir/', 'fileIsDirectory', -1101],
    ['', 'fileIsDirectory', -1101],
    ['file.bin', 'noPermissionsToReadFile', -1102],
    ['a%0D%0ADELE%20file.bin', 'badURL', -1000],
    ['100%', 'badURL', -1000],
  ] as const)
    await expect(transport.send(wire(url + path)), path).rejects.toMatchObject({ code, number, url: url + path })
  await vi.waitFor(() => expect(connections()).toBe(0))
})

test('line breaks in a user or password are no commands', async () => {
  const { url, commands } = await served()
  await expect(
    transport.send(wire(`${url}file.bin`, { headers: new Headers(basic('me\r\nDELE x:y')) })),
  ).rejects.toMatchObject({
    code: 'badURL',
  })
  expect(commands.filter((command) => command.startsWith('DELE'))).toEqual([])
})

test('a host that is not there, or a port at which nobody listens, is told', async () => {
  await expect(transport.send(wire('ftp://nowhere.invalid/a'))).rejects.toMatchObject({ code: 'cannotFindHost' })
  const busy = createServer().listen(0, '127.0.0.1')
  await once(busy, 'listening')
  const free = (busy.address() as AddressInfo).port
  await new Promise((resolve) => busy.close(resolve))
  await expect(transport.send(wire(`ftp://127.0.0.1:${free}/a`))).rejects.toMatchObject({ code: 'cannotConnectToHost' })
})

test('a slow reader holds the server up, and giving up closes the connection', async () => {
  const { url, connections } = await served()
  const controller = new AbortController()
  const { body } = await transport.send(wire(`${url}file.bin`, { signal: controller.signal }))
  expect((await body.read())?.length).toBeGreaterThan(0)
  expect(connections()).toBe(1)
  const reason = new Error('enough')
  controller.abort(reason)
  await expect(body.read()).rejects.toBe(reason)
  await vi.waitFor(() => expect(connections()).toBe(0))
})

test('a request that is aborted while it connects ends at once', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const connected = once(silent, 'connection') as Promise<[Socket]>
  const controller = new AbortController()
  const sending = transport.send(wire(`ftp://127.0.0.1:${port}/a`, { signal: controller.signal }))
  const [socket] = await connected
  const closed = once(socket, 'close')
  socket.resume()
  const reason = new Error('enough')
  controller.abort(reason)
  await expect(sending).rejects.toBe(reason)
  await closed
  silent.close()
})
