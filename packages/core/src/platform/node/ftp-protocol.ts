/**
 * Owns: `ftp:` URLs, read with basic-ftp, which an app installs if it wants them. Behaves as a small HTTP origin: size, date and
 * REST make ranges, and a refused login is a 401 to be answered with Basic credentials.
 */
import { Writable } from 'node:stream'
import { parseBasic } from '../../model/basic-credentials.ts'
import { serveRange } from '../../model/served-range.ts'
import { URLError } from '../../model/url-error.ts'
import type { ProtocolRequest, URLProtocol, URLProtocolClient } from '../../model/url-protocol.ts'
import { basicOf } from '../../model/user-info.ts'
import { ftpError, isRefusedLogin } from './ftp-errors.ts'
import { FtpFile, type FtpModule } from './ftp-file.ts'

export const ftpProtocol: URLProtocol = {
  accepts: ({ url }) => url.startsWith('ftp:'),
  async load(request, client) {
    const { url } = request
    const file = new FtpFile(await basicFtp(url), new URL(url))
    const close = (): void => file.close()
    client.signal.addEventListener('abort', close, { once: true })
    try {
      client.signal.throwIfAborted()
      if (await logIn(file, request, client)) await send(file, request, client)
    } catch (error) {
      throw ftpError(error, url)
    } finally {
      close()
    }
  },
}

async function basicFtp(url: string): Promise<FtpModule> {
  try {
    return await import('basic-ftp')
  } catch (cause) {
    throw new URLError('unsupportedURL', {
      url,
      phase: 'setup',
      why: 'the package basic-ftp, which loads the scheme ftp:, is not installed',
      hint: 'npm install basic-ftp',
      cause,
    })
  }
}

/** False where the server wants other credentials, which the client has been told then. */
async function logIn(file: FtpFile, { url, headers }: ProtocolRequest, client: URLProtocolClient): Promise<boolean> {
  try {
    await file.open(parseBasic(headers.get('authorization') ?? basicOf(new URL(url))))
    return true
  } catch (error) {
    if (!isRefusedLogin(error)) throw error
    const challenge = `Basic realm="ftp://${new URL(url).host}", charset="UTF-8"`
    client.didReceiveResponse({ status: 401, headers: { 'www-authenticate': challenge, 'content-length': '0' } })
    client.didFinish()
    return false
  }
}

async function send(file: FtpFile, request: ProtocolRequest, client: URLProtocolClient): Promise<void> {
  const { size, lastModified } = await file.describe()
  const etag =
    size === null || lastModified === null ? null : `"${size.toString(36)}-${lastModified.getTime().toString(36)}"`
  const { status, headers, from, to } = serveRange(request, { size, type: null, etag, lastModified })
  let told = false
  // Some servers measure what they then refuse to send: nothing is promised before the first byte.
  const tell = (): void => {
    if (!told) client.didReceiveResponse({ status, headers })
    told = true
  }
  try {
    if (from !== to) await copy(file, from, to, (bytes) => (tell(), client.didLoad(bytes)))
  } catch (error) {
    throw told ? error : await file.whyRefused(error, size !== null)
  }
  tell()
  client.didFinish()
}

/** Each piece is passed on before the next is taken from the socket, so a slow reader slows the server down. */
async function copy(
  file: FtpFile,
  from: number,
  to: number | null,
  pass: (bytes: Buffer) => Promise<void>,
): Promise<void> {
  let at = from
  const sink = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      const wanted = to === null ? chunk : chunk.subarray(0, to - at)
      at += wanted.length
      pass(wanted).then(() => {
        done()
        // A part in the middle: FTP sends to the end, so the rest is hung up on.
        if (wanted.length < chunk.length) file.close()
      }, done)
    },
  })
  try {
    await file.read(sink, from)
  } catch (error) {
    if (at !== to) throw error
  }
  if (to !== null && at < to) throw file.lost(`the server stopped after ${at} of ${to} bytes`)
}
