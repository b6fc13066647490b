/**
 * Owns: HTTP/2 over TLS, and HTTP/1.1 for who speaks no other. `/echo` gives the body back. `/plain.bin` is `contentAt(1, 0, PLAIN_SIZE)`, in ranges; with
 * `?halt=<name>` the first answer of that name falls silent in the middle, until a POST to `/reset?halt=<name>` resets its stream.
 * Whoever loads it must trust the certificate of the tests.
 */
import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { constants, createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { certificate, certificateKey } from '../../platform-node/support/certificate.ts'
import { PLAIN_SIZE } from './contents.ts'
import type { RunningServer } from './server.ts'

/** What Chromium must be told to trust the certificate: `--ignore-certificate-errors-spki-list=`. */
export const certificateSPKI: string = createHash('sha256')
  .update(new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' }))
  .digest('base64')

export async function startHTTP2(): Promise<RunningServer> {
  const halted = new Map<string, Http2ServerResponse>()
  const sockets = new Set<Socket>()
  const server = createSecureServer({ cert: certificate, key: certificateKey, allowHTTP1: true }, (request, response) =>
    answer(request, response, halted),
  )
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, whyNot: null, has: [], stop }
}

function answer(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  halted: Map<string, Http2ServerResponse>,
): void {
  const url = new URL(request.url, 'https://127.0.0.1')
  const headers = {
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'ETag, Content-Range, X-Protocol',
    'x-protocol': request.httpVersion,
    etag: '"h2"',
  }
  const name = url.searchParams.get('halt')
  if (url.pathname === '/reset') {
    const stopped = halted.get(name ?? '')
    if (stopped) reset(stopped)
    return void response.writeHead(200, headers).end(stopped ? 'reset' : 'nothing halts under that name')
  }
  if (url.pathname === '/echo' || request.method === 'OPTIONS') {
    const permission = { 'access-control-allow-methods': '*', 'access-control-allow-headers': '*' }
    return void request.pipe(response.writeHead(200, { ...headers, ...permission }))
  }
  if (url.pathname !== '/plain.bin') return void response.writeHead(404, headers).end('not here')
  const first = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const part =
    request.headers.range === undefined ? {} : { 'content-range': `bytes ${first}-${PLAIN_SIZE - 1}/${PLAIN_SIZE}` }
  response.writeHead(request.headers.range === undefined ? 200 : 206, {
    ...headers,
    ...part,
    'content-type': 'application/octet-stream',
    'content-length': PLAIN_SIZE - first,
  })
  const body = contentAt(1, first, PLAIN_SIZE - first)
  if (name === null || halted.has(name)) return void response.end(body)
  halted.set(name, response)
  response.write(body.subarray(0, body.length / 2))
}

function reset({ req, stream }: Http2ServerResponse): void {
  // An answer over HTTP/1.1 has no stream of its own.
  if (req.httpVersion === '2.0') stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else req.socket.destroy()
}
