/** A server that takes what is sent and keeps none of it: an ordinary upload under `/sink`, tus 1.0 under `/tus`. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface UploadServer {
  readonly url: string
  stop(): Promise<void>
}

export async function startUploadServer(): Promise<UploadServer> {
  const offsets = new Map<string, number>()
  const server = createServer((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*')
    response.setHeader('Access-Control-Allow-Headers', '*')
    response.setHeader('Access-Control-Allow-Methods', '*')
    response.setHeader('Access-Control-Expose-Headers', '*')
    response.setHeader('Access-Control-Max-Age', '7200')
    response.setHeader('Tus-Resumable', '1.0.0')
    const { method = '', url = '' } = request
    void taken(request).then((bytes) => {
      if (method === 'OPTIONS') return response.writeHead(204).end()
      if (url === '/sink') return response.writeHead(200).end(String(bytes))
      if (method === 'POST') {
        const path = `/tus/${offsets.size}`
        offsets.set(path, 0)
        return response.writeHead(201, { Location: path }).end()
      }
      const offset = (offsets.get(url) ?? 0) + bytes
      offsets.set(url, offset)
      return response.writeHead(204, { 'Upload-Offset': String(offset) }).end()
    })
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

async function taken(request: IncomingMessage): Promise<number> {
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) bytes += chunk.length
  return bytes
}
