/** data:, blob: and opfs: in a page: as small HTTP origins, and in errors of their own. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { protocolTransport } from '../../src/loading/protocols/protocol-transport.ts'
import { builtInProtocols } from '../../src/platform/browser/built-in-protocols.ts'
import { ask, unreachable, wire } from '../loading/protocols/support/exchange.ts'

const transport = protocolTransport(builtInProtocols(), unreachable)
const content = Uint8Array.from({ length: 1_000_000 }, (_, at) => (at * 31) % 251)

const same = (bytes: Uint8Array, from = 0, to = content.length): boolean =>
  bytes.length === to - from && bytes.every((byte, at) => byte === content[from + at])

/** Files in a folder of its own, removed with the test. */
async function folder(): Promise<{
  name: string
  put: (name: string, bytes: Uint8Array<ArrayBuffer>) => Promise<void>
}> {
  const root = await navigator.storage.getDirectory()
  const name = `schemes ${crypto.randomUUID()}`
  const handle = await root.getDirectoryHandle(name, { create: true })
  onTestFinished(() => root.removeEntry(name, { recursive: true }))
  return {
    name: encodeURIComponent(name),
    async put(file, bytes) {
      const writable = await (await handle.getFileHandle(file, { create: true })).createWritable()
      await writable.write(bytes)
      await writable.close()
    },
  }
}

describe('opfs:', () => {
  test('is read whole and in part, if it still is the same', async () => {
    const { name, put } = await folder()
    await put('a file with % ü.bin', content)
    const url = `opfs:/${name}/${encodeURIComponent('a file with % ü.bin')}`
    const whole = await ask(transport, url)
    expect([whole.status, whole.headers.get('content-length'), same(whole.bytes)]).toEqual([200, '1000000', true])
    const etag = whole.headers.get('etag') ?? ''
    const part = await ask(transport, url, { range: 'bytes=999000-', 'if-range': etag })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 999000-999999/1000000'])
    expect(same(part.bytes, 999_000)).toBe(true)
    await put('a file with % ü.bin', content.slice(1))
    expect((await ask(transport, url, { range: 'bytes=999000-', 'if-range': etag })).status).toBe(200)
  })

  test('that is not there, a directory, or no name is told', async () => {
    const { name, put } = await folder()
    await put('file', content)
    for (const [url, code, number] of [
      [`opfs:/${name}/missing`, 'fileDoesNotExist', -1100],
      [`opfs:/missing/${name}`, 'fileDoesNotExist', -1100],
      [`opfs:/${name}/file/below`, 'fileDoesNotExist', -1100],
      [`opfs:/${name}`, 'fileIsDirectory', -1101],
      ['opfs:/', 'fileIsDirectory', -1101],
      [`opfs:/${name}/`, 'badURL', -1000],
      [`opfs:/${name}//file`, 'badURL', -1000],
      [`opfs:/${name}%2Ffile`, 'badURL', -1000],
      [`opfs:/${name}%5C..`, 'badURL', -1000],
      [`opfs:/a%00`, 'badURL', -1000],
      ['opfs:/100%', 'badURL', -1000],
      ['opfs://host/file', 'badURL', -1000],
      ['opfs:file', 'badURL', -1000],
    ] as const)
      await expect(transport.send(wire(url)), url).rejects.toMatchObject({ code, number, url })
  })
})

describe('blob:', () => {
  test('is read whole and in part, until it is revoked', async () => {
    const url = URL.createObjectURL(new Blob([content], { type: 'image/png' }))
    onTestFinished(() => URL.revokeObjectURL(url))
    const whole = await ask(transport, url)
    expect([whole.status, whole.headers.get('content-type'), same(whole.bytes)]).toEqual([200, 'image/png', true])
    const part = await ask(transport, url, { range: 'bytes=10-19', 'if-range': whole.headers.get('etag') ?? '' })
    expect([part.status, part.headers.get('content-range'), same(part.bytes, 10, 20)]).toEqual([
      206,
      'bytes 10-19/1000000',
      true,
    ])
    const head = await ask(transport, url, {}, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), head.bytes.length]).toEqual([200, '1000000', 0])
    URL.revokeObjectURL(url)
    await expect(transport.send(wire(url))).rejects.toMatchObject({ code: 'fileDoesNotExist', url })
  })

  test('without a type or bytes is read', async () => {
    const url = URL.createObjectURL(new Blob([]))
    onTestFinished(() => URL.revokeObjectURL(url))
    const { status, headers, bytes } = await ask(transport, url)
    expect([status, headers.get('content-type'), bytes.length]).toEqual([200, null, 0])
  })
})

test('what a page does not load is told, with what could', async () => {
  for (const [url, hint] of [
    ['file:///etc/passwd', 'a page cannot read paths'],
    ['ftp://host.test/a', 'browsers have no FTP'],
  ] as const)
    await expect(transport.send(wire(url))).rejects.toMatchObject({
      code: 'unsupportedURL',
      message: expect.stringContaining(hint) as string,
    })
})
