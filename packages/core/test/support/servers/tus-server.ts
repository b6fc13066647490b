/**
 * Owns: a tus server, by @tus/server and @tus/file-store themselves: creation, creation-with-upload, creation-defer-length, termination and
 * expiration, but neither checksum nor concatenation. A finished upload is had by a GET to its address. Pages on any origin may use it.
 */
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileStore } from '@tus/file-store'
import { Server, type ServerOptions } from '@tus/server'
import type { RunningServer } from './server.ts'

export interface TusServerOptions extends Partial<Omit<ServerOptions, 'path'>> {
  /** Where its files are; default: one of its own, which goes with it. One that ran on the same goes on with what is there. */
  readonly directory?: string
  /** Default: a free one. */
  readonly port?: number
  /** Milliseconds after their creation in which uploads must be done; default: no such thing. */
  readonly expiresAfter?: number
}

export interface TusServer extends RunningServer {
  /** Where uploads are made. */
  readonly endpoint: string
  readonly port: number
  readonly directory: string
  /** Bytes that came over all its connections, headers and all. */
  received(): number
  /** What it has of an upload. */
  bytes(upload: string): Promise<Buffer<ArrayBuffer>>
}

/** What @tus/server does not list by itself. */
const ASKED = ['Upload-Checksum', 'Idempotency-Key', 'X-Test']
const SHOWN = ['Date', 'Upload-Expires']

export async function startTus(options: TusServerOptions = {}): Promise<TusServer> {
  const { directory: given, port: wanted = 0, expiresAfter, ...rest } = options
  const directory = given ?? (await mkdtemp(join(tmpdir(), 'urlsession-tus-')))
  const tus = new Server({
    path: '/files',
    datastore: new FileStore({ directory, expirationPeriodInMilliseconds: expiresAfter ?? 0 }),
    allowedHeaders: ASKED,
    exposedHeaders: SHOWN,
    ...rest,
  })
  const server = createServer((request, response) => {
    // @tus/server has this for all but GET.
    if (request.method === 'GET') response.setHeader('Access-Control-Allow-Origin', '*')
    void tus.handle(request, response)
  }).listen(wanted, '127.0.0.1')
  const sockets: Socket[] = []
  server.on('connection', (socket) => sockets.push(socket))
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    endpoint: `${url}/files`,
    port,
    directory,
    whyNot: null,
    received: () => sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
    has: ['creation', 'creation-with-upload', 'termination', ...(expiresAfter ? ['expiration'] : [])],
    bytes: (upload) => readFile(join(directory, new URL(upload).pathname.split('/').at(-1) ?? '')),
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
      if (given === undefined) await rm(directory, { recursive: true, force: true })
    },
  }
}
