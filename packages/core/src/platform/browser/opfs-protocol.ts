/** `opfs:/folder/name` URLs: files of the origin private file system, from its root on. */
import { serveBlob } from '../../loading/protocols/serve-bytes.ts'
import { URLError, type URLErrorCode } from '../../model/url-error.ts'
import type { URLProtocol } from '../../model/url-protocol.ts'
import { nameOf } from './storage-error.ts'

/** How the names of DOMExceptions are told; for others there is `unknown`. */
const CODES: { readonly [name: string]: URLErrorCode } = {
  NotFoundError: 'fileDoesNotExist',
  NotAllowedError: 'noPermissionsToReadFile',
  SecurityError: 'noPermissionsToReadFile',
  NotReadableError: 'noPermissionsToReadFile',
  NoModificationAllowedError: 'cannotOpenFile',
}

export const opfsProtocol: URLProtocol = {
  accepts: ({ url }) => url.startsWith('opfs:'),
  async load(request) {
    const file = await openFile(request.url)
    const etag = `"${file.size.toString(36)}-${file.lastModified.toString(36)}"`
    return serveBlob(request, file, { type: file.type || null, etag, lastModified: new Date(file.lastModified) })
  },
}

async function openFile(url: string): Promise<File> {
  const segments = segmentsOf(url)
  const name = segments.pop()
  if (name === undefined) throw told('fileIsDirectory', url, 'it is the root')
  if (typeof navigator.storage?.getDirectory !== 'function')
    throw told('unsupportedByPlatform', url, 'this browser, or an insecure page, has no origin private file system')
  try {
    let folder = await navigator.storage.getDirectory()
    for (const segment of segments) folder = await within(url, 'fileDoesNotExist', folder.getDirectoryHandle(segment))
    return await (await within(url, 'fileIsDirectory', folder.getFileHandle(name))).getFile()
  } catch (cause) {
    // The only TypeError is that of a name which the file system does not take.
    const code = cause instanceof TypeError ? 'badURL' : (CODES[nameOf(cause)] ?? 'unknown')
    throw URLError.from(cause, code, { url, phase: 'response' })
  }
}

/** @param other What it means when there is a file in the place of a folder, or the other way round. */
async function within<Handle>(url: string, other: URLErrorCode, opening: Promise<Handle>): Promise<Handle> {
  try {
    return await opening
  } catch (error) {
    throw nameOf(error) === 'TypeMismatchError' ? told(other, url) : error
  }
}

/** The path's parts, decoded. The URL parser has taken `.` and `..` out already, also where they were encoded. */
function segmentsOf(url: string): string[] {
  const { pathname, host } = new URL(url)
  if (host !== '' || !pathname.startsWith('/'))
    throw told('badURL', url, 'it is not of the form opfs:/folder/name', 'leave the host out')
  const path = pathname.slice(1)
  return path === '' ? [] : path.split('/').map((part) => decodedName(url, part))
}

function decodedName(url: string, text: string): string {
  let name: string
  try {
    name = decodeURIComponent(text)
  } catch {
    throw told('badURL', url, 'its path has a % that encodes nothing')
  }
  if (name === '' || name === '.' || name === '..' || /[/\\\0]/.test(name))
    throw told('badURL', url, `its path has the part ${JSON.stringify(name)}, which names nothing`)
  return name
}

const told = (code: URLErrorCode, url: string, why = '', hint?: string): URLError =>
  new URLError(code, { url, phase: 'response', why, ...(hint === undefined ? {} : { hint }) })
