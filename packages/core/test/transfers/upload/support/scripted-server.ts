/** Owns: an HTTP server that answers as a test says, for what no server of others would say. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Said {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Says nothing of its clock, unless among the headers. */
  readonly withoutDate?: boolean
}

export interface ScriptedServer {
  readonly url: string
  /** What came, in order. */
  readonly asked: readonly Asked[]
}

export async function scripted(answer: (asked: Asked, index: number) => Said): Promise<ScriptedServer> {
  const asked: Asked[] = []
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request)
    const { method = '', url: path = '', headers } = request
    asked.push({ method, path, headers, body })
    const said = answer({ method, path, headers, body }, asked.length - 1)
    response.sendDate = !said.withoutDate
    response.writeHead(said.status, said.headers).end(said.body)
  }
  const server = createServer((request, response) => void serve(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}
