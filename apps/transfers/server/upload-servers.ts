/** The local servers that uploads can be tried on: one that just takes a file, one of tus, one of the IETF's resumable uploads. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { FileStore } from '@tus/file-store'
import { Server as TusServer } from '@tus/server'
import { startUploadServer, type UploadServer } from '../../../packages/testing/src/upload-draft/index.ts'
import type { UploadEndpoints } from '../src/lab/endpoints.ts'

/** Kept from start to start where they are free, beside the page's and the origin's. */
const preferred = { plain: 5175, tus: 5176, resumable: 5177 }

export interface UploadServers {
  readonly endpoints: UploadEndpoints
  /** Where the plain server and tus keep what they got; it goes with them. */
  readonly directory: string
  /** Holds what it gets in memory. */
  readonly resumable: UploadServer
  stop(): Promise<void>
}

/** @param ports Zero takes a free one. */
export async function startUploadServers(
  ports: Readonly<Record<keyof UploadEndpoints, number>> = preferred,
): Promise<UploadServers> {
  const directory = await mkdtemp(join(tmpdir(), 'urlsession-transfers-'))
  // Who presses Ctrl+C stops nothing in order.
  const clear = (): void => rmSync(directory, { recursive: true, force: true })
  process.once('exit', clear)
  const tus = new TusServer({ path: '/files', datastore: new FileStore({ directory }) })
  const plainHttp = await listening(ports.plain, (request, response) => void takeWhole(request, response, directory))
  const tusHttp = await listening(ports.tus, (request, response) => void tus.handle(request, response))
  const resumable = await startUploadServer({ port: ports.resumable }).catch(() => startUploadServer())
  return {
    endpoints: { plain: endpointOf(plainHttp), tus: endpointOf(tusHttp), resumable: resumable.endpoint },
    directory,
    resumable,
    async stop() {
      await Promise.all([closed(plainHttp), closed(tusHttp), resumable.stop()])
      process.off('exit', clear)
      clear()
    },
  }
}

/** Takes one file from one request; a file that breaks off is not kept. */
async function takeWhole(request: IncomingMessage, response: ServerResponse, directory: string): Promise<void> {
  response.setHeader('Access-Control-Allow-Origin', '*')
  response.setHeader('Access-Control-Allow-Methods', 'PUT')
  response.setHeader('Access-Control-Allow-Headers', request.headers['access-control-request-headers'] ?? '*')
  if (request.method === 'OPTIONS') return void response.writeHead(204).end()
  if (request.method !== 'PUT') return void response.writeHead(405).end()
  const path = join(directory, `plain-${randomUUID()}`)
  try {
    await pipeline(request, createWriteStream(path))
    response.writeHead(201).end()
  } catch {
    await rm(path, { force: true })
    response.destroy()
  }
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void

async function listening(port: number, listener: Listener): Promise<HttpServer> {
  const listen = async (at: number): Promise<HttpServer> => {
    const server = createServer(listener).listen(at, '127.0.0.1')
    await once(server, 'listening')
    return server
  }
  return listen(port).catch(() => listen(0))
}

const endpointOf = (server: HttpServer): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/files`

async function closed(server: HttpServer): Promise<void> {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}
