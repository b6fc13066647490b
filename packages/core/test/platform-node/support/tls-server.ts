/** Owns: an https server with the certificate a test wants. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'

export interface TLSServer {
  readonly url: string
  readonly port: number
  /** How many handshakes came through. */
  handshakes(): number
}

/** Answers every request with the name of the client's certificate, or "nobody". */
export async function tlsServer(
  options: ServerOptions,
  asked: (request: IncomingMessage) => void = () => undefined,
): Promise<TLSServer> {
  let handshakes = 0
  const server = createServer(options, (request, response) => {
    asked(request)
    const name = (request.socket as TLSSocket).getPeerCertificate().subject?.CN
    response.end(Array.isArray(name) ? name.join() : (name ?? 'nobody'))
  })
  server.on('secureConnection', () => handshakes++)
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `https://127.0.0.1:${port}`, port, handshakes: () => handshakes }
}
