/**
 * A server that takes what is sent and keeps none of it: an ordinary upload under `/sink`, tus 1.0 under `/tus`, the IETF's resumable uploads
 * under `/resumable`, S3's multipart upload under `/s3`. It takes any signature.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { slowDown } from './slow-down.ts'

export interface UploadServer {
  readonly url: string
  stop(): Promise<void>
}

interface Said {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** @param bytesPerSecond What each connection carries, as one does that waits for a far server's acknowledgements. Default: no limit. */
export async function startUploadServer(bytesPerSecond = Infinity): Promise<UploadServer> {
  const offsets = new Map<string, number>()
  const server = createServer((request, response) => {
    void taken(request, bytesPerSecond).then(
      (bytes) => say(response, answerTo(request, bytes, offsets)),
      () => response.destroy(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function taken(request: IncomingMessage, bytesPerSecond: number): Promise<number> {
  let bytes = 0
  const chunks = request as AsyncIterable<Buffer>
  const paced = Number.isFinite(bytesPerSecond) ? slowDown(chunks, request.socket, bytesPerSecond) : chunks
  for await (const chunk of paced) bytes += chunk.length
  return bytes
}

function answerTo(
  { method = '', url = '', headers }: IncomingMessage,
  bytes: number,
  offsets: Map<string, number>,
): Said {
  if (method === 'OPTIONS')
    return { status: 204, headers: { 'Tus-Version': '1.0.0', 'Tus-Extension': 'creation,concatenation' } }
  const { pathname, searchParams } = new URL(url, 'http://here')
  const [, root = ''] = pathname.split('/')
  if (root === 's3') return ofS3(method, searchParams)
  if (root === 'sink') return { status: 200, body: String(bytes) }
  if (method === 'POST') {
    const path = `/${root}/${offsets.size}`
    offsets.set(path, 0)
    return { status: 201, headers: { Location: path, ...(root === 'resumable' && appended(0, false)) } }
  }
  const offset = (offsets.get(pathname) ?? 0) + bytes
  offsets.set(pathname, offset)
  if (root === 'tus') return { status: 204, headers: { 'Upload-Offset': String(offset) } }
  const isComplete = headers['upload-complete'] === '?1'
  return { status: isComplete ? 200 : 204, headers: appended(offset, isComplete) }
}

const appended = (offset: number, isComplete: boolean): Record<string, string> => ({
  'Upload-Draft-Interop-Version': '8',
  'Upload-Offset': String(offset),
  'Upload-Complete': isComplete ? '?1' : '?0',
})

function ofS3(method: string, query: URLSearchParams): Said {
  const xml = (body: string): Said => ({ status: 200, headers: { 'Content-Type': 'application/xml' }, body })
  if (query.has('uploads'))
    return xml('<InitiateMultipartUploadResult><UploadId>one</UploadId></InitiateMultipartUploadResult>')
  if (method === 'PUT') return { status: 200, headers: { ETag: `"${query.get('partNumber') ?? ''}"` } }
  const names = '<Location>http://here/s3/file</Location><Key>file</Key>'
  return xml(`<CompleteMultipartUploadResult>${names}<ETag>"all"</ETag></CompleteMultipartUploadResult>`)
}

function say(response: ServerResponse, { status, headers = {}, body = '' }: Said): void {
  response.writeHead(status, {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Headers': '*',
    'Access-Control-Allow-Methods': '*',
    'Access-Control-Expose-Headers': '*',
    'Access-Control-Max-Age': '7200',
    'Tus-Resumable': '1.0.0',
    ...headers,
  })
  response.end(body)
}
