/**
 * Owns: `file:` URLs, read from the disk as they are asked for. Why a tag of size and times to the nanosecond: a download that goes
 * on must notice that the file is another one, and Last-Modified alone counts seconds.
 */
import { open, stat, type FileHandle } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { BigIntStats } from 'node:fs'
import { serveRange } from '../../model/served-range.ts'
import { URLError, type URLErrorCode } from '../../model/url-error.ts'
import type { ProtocolRequest, URLProtocol, URLProtocolClient } from '../../model/url-protocol.ts'
import { systemCode } from './storage-errors.ts'

const PIECE = 1 << 18

const CODES: { readonly [system: string]: URLErrorCode } = {
  ENOENT: 'fileDoesNotExist',
  ENOTDIR: 'fileDoesNotExist',
  ENAMETOOLONG: 'fileDoesNotExist',
  EISDIR: 'fileIsDirectory',
  EACCES: 'noPermissionsToReadFile',
  EPERM: 'noPermissionsToReadFile',
  // A NUL in the path.
  ERR_INVALID_ARG_VALUE: 'badURL',
}

export const fileProtocol: URLProtocol = {
  accepts: ({ url }) => url.startsWith('file:'),
  async load(request, client) {
    const { url } = request
    const path = pathOf(url)
    // Before it is opened: opening a pipe would wait for a writer.
    const kind = await told(url, () => stat(path))
    if (kind.isDirectory()) throw new URLError('fileIsDirectory', { url, phase: 'response' })
    if (!kind.isFile())
      throw new URLError('cannotOpenFile', { url, phase: 'response', why: 'it is a device or a pipe' })
    const handle = await told(url, () => open(path))
    try {
      await send(handle, request, client)
    } finally {
      await handle.close()
    }
  },
}

async function send(handle: FileHandle, request: ProtocolRequest, client: URLProtocolClient): Promise<void> {
  const { url } = request
  const before = await handle.stat({ bigint: true })
  const { status, headers, from, to } = serveRange(request, {
    size: Number(before.size),
    // What a file holds is not known from its name.
    type: null,
    etag: tagOf(before),
    lastModified: before.mtime,
  })
  client.didReceiveResponse({ status, headers })
  const end = to ?? from
  const buffer = new Uint8Array(Math.min(PIECE, end - from))
  for (let at = from; at < end;) {
    client.signal.throwIfAborted()
    const { bytesRead } = await told(url, () => handle.read(buffer, 0, Math.min(buffer.length, end - at), at))
    if (bytesRead === 0) throw changed(url)
    at += bytesRead
    await client.didLoad(buffer.subarray(0, bytesRead))
  }
  if (from < end && tagOf(await handle.stat({ bigint: true })) !== tagOf(before)) throw changed(url)
  client.didFinish()
}

const tagOf = ({ size, mtimeNs, ino }: BigIntStats): string =>
  `"${size.toString(36)}-${mtimeNs.toString(36)}-${ino.toString(36)}"`

/** Trying again reads the file as it is then. */
const changed = (url: string): URLError =>
  new URLError('networkConnectionLost', { url, phase: 'body', why: 'the file was changed while it was read' })

function pathOf(url: string): string {
  try {
    // Windows would ask that host for the file, and show it who is asking.
    if (new URL(url).host !== '') throw new TypeError('it has a host')
    return fileURLToPath(url)
  } catch (cause) {
    const hint = 'give file:///path, without a host and without encoded slashes'
    throw URLError.from(cause, 'badURL', { url, phase: 'setup', hint })
  }
}

async function told<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw URLError.from(cause, CODES[systemCode(cause) ?? ''] ?? 'cannotOpenFile', { url, phase: 'response' })
  }
}
