/** file: and blob: in Node, on real files: as small HTTP origins, and in errors of their own. */
import { chmod, mkdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { protocolTransport } from '../../src/loading/protocols/protocol-transport.ts'
import { builtInProtocols } from '../../src/platform/node/built-in-protocols.ts'
import { ask, unreachable, wire } from '../loading/protocols/support/exchange.ts'
import { scratch } from './support/scratch.ts'

const transport = protocolTransport(builtInProtocols(), unreachable)
const content = Uint8Array.from({ length: 1_000_000 }, (_, at) => (at * 31) % 251)

async function file(name = 'file.bin', bytes: Uint8Array = content): Promise<{ path: string; url: string }> {
  const path = join(await scratch(), name)
  await writeFile(path, bytes)
  return { path, url: pathToFileURL(path).href }
}

describe('file:', () => {
  test('is read, with validators and without a type', async () => {
    const { url } = await file('a name with % and ü.txt')
    const { status, headers, bytes } = await ask(transport, url)
    expect([status, headers.get('content-length'), headers.get('accept-ranges')]).toEqual([200, '1000000', 'bytes'])
    expect([headers.has('content-type'), headers.has('etag'), headers.has('last-modified')]).toEqual([
      false,
      true,
      true,
    ])
    expect(Buffer.compare(bytes, content)).toBe(0)
  })

  test('is read in part, if it still is the same', async () => {
    const { url, path } = await file()
    const { headers: whole } = await ask(transport, url)
    const etag = whole.get('etag') ?? ''
    const part = await ask(transport, url, { range: 'bytes=999990-', 'if-range': etag })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 999990-999999/1000000'])
    expect(part.bytes).toEqual(content.slice(999_990))
    // Same size, other times: another file.
    await utimes(path, 1, 1)
    const changed = await ask(transport, url, { range: 'bytes=999990-', 'if-range': etag })
    expect([changed.status, changed.headers.get('last-modified')]).toEqual([200, 'Thu, 01 Jan 1970 00:00:01 GMT'])
  })

  test('of no bytes is whole', async () => {
    const { url } = await file('empty', new Uint8Array())
    expect(await ask(transport, url)).toMatchObject({ status: 200, bytes: new Uint8Array() })
    expect(await ask(transport, url, { range: 'bytes=0-' })).toMatchObject({ status: 416 })
  })

  test('is described by HEAD and changed by nothing', async () => {
    const { url } = await file()
    const head = await ask(transport, url, {}, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), head.bytes.length]).toEqual([200, '1000000', 0])
    expect((await ask(transport, url, {}, { method: 'PUT', body: 'x' })).status).toBe(405)
  })

  test('query and fragment are no part of the name', async () => {
    const { url } = await file()
    expect((await ask(transport, `${url}?a#b`)).bytes.length).toBe(1_000_000)
  })

  test('through a link is read', async () => {
    const { path } = await file()
    await symlink(path, `${path}.link`)
    expect((await ask(transport, pathToFileURL(`${path}.link`).href)).bytes.length).toBe(1_000_000)
  })

  test('that is not there, a directory, a pipe or no path is told', async () => {
    const { path, url } = await file()
    await mkdir(`${path}.folder`)
    // As a pipe would: opening it never gives a file.
    const server = createServer().listen(`${path}.socket`)
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    for (const [address, code, number] of [
      [`${url}.missing`, 'fileDoesNotExist', -1100],
      [`${url}/below`, 'fileDoesNotExist', -1100],
      [`${url}.folder`, 'fileIsDirectory', -1101],
      [`${url}.folder/`, 'fileIsDirectory', -1101],
      [`${url}.socket`, 'cannotOpenFile', -3001],
      ['file://elsewhere/a', 'badURL', -1000],
      ['file:///a%2Fb', 'badURL', -1000],
      ['file:///a%00b', 'badURL', -1000],
    ] as const)
      await expect(transport.send(wire(address)), address).rejects.toMatchObject({ code, number, url: address })
  })

  test.skipIf(process.getuid?.() === 0)('that may not be read is told', async () => {
    const { path, url } = await file()
    await chmod(path, 0)
    await expect(transport.send(wire(url))).rejects.toMatchObject({ code: 'noPermissionsToReadFile', number: -1102 })
  })

  test.each([
    ['shorter', 10],
    ['other', 1_000_000],
  ])('that becomes %s while it is read is a lost connection, which is tried again', async (_what, size) => {
    const { path, url } = await file()
    const { body } = await transport.send(wire(url))
    expect((await body.read())?.length).toBeGreaterThan(0)
    await writeFile(path, new Uint8Array(size))
    const reading = (async (): Promise<void> => {
      while ((await body.read()) !== null);
    })()
    await expect(reading).rejects.toMatchObject({ code: 'networkConnectionLost', retryable: true })
  })

  test('that is given up is closed', async () => {
    const { url } = await file()
    const controller = new AbortController()
    const { body } = await transport.send(wire(url, { signal: controller.signal }))
    await body.read()
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(body.read()).rejects.toBe(reason)
  })
})

describe('blob:', () => {
  test('is read whole and in part, until it is revoked', async () => {
    const url = URL.createObjectURL(new Blob([content], { type: 'image/png' }))
    onTestFinished(() => URL.revokeObjectURL(url))
    const whole = await ask(transport, url)
    expect([whole.status, whole.headers.get('content-type'), whole.headers.get('content-length')]).toEqual([
      200,
      'image/png',
      '1000000',
    ])
    expect(Buffer.compare(whole.bytes, content)).toBe(0)
    const part = await ask(transport, url, { range: 'bytes=10-19', 'if-range': whole.headers.get('etag') ?? '' })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 10-19/1000000'])
    expect(part.bytes).toEqual(content.slice(10, 20))
    URL.revokeObjectURL(url)
    await expect(transport.send(wire(url))).rejects.toMatchObject({ code: 'fileDoesNotExist', url })
  })
})

test('what Node does not load is told', async () => {
  await expect(transport.send(wire('opfs:/a'))).rejects.toMatchObject({ code: 'unsupportedURL', number: -1002 })
})
