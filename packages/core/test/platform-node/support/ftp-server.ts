/** Owns: a real FTP server on a folder, for one test, and what it was told. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { FileSystem, FtpSrv } from 'ftp-srv'
import { onTestFinished } from 'vitest'

export interface FtpServer {
  /** `ftp://127.0.0.1:<port>/` */
  readonly url: string
  /** All commands but for passwords, in order. */
  readonly commands: readonly string[]
  /** Control connections that are open now. */
  readonly connections: () => number
}

export interface FtpServerOptions {
  readonly folder: string
  /** The only login; default: anonymous alone. */
  readonly login?: { readonly user: string; readonly password: string }
  /** Commands it says it does not know. */
  readonly unknown?: readonly string[]
  /** Instead of reading the file. */
  readonly read?: (name: string) => Error | null
}

export async function ftpServer({ folder, login, unknown = [], read }: FtpServerOptions): Promise<FtpServer> {
  const port = await freePort()
  const commands: string[] = []
  const quiet = { level: () => {}, trace() {}, debug() {}, info() {}, warn() {}, error() {}, child: () => quiet }
  const server = new FtpSrv({
    url: `ftp://127.0.0.1:${port}`,
    pasv_url: '127.0.0.1',
    anonymous: !login,
    blacklist: [...unknown],
    log: quiet,
  })
  class Folder extends FileSystem {
    override read(name: string, options?: { start?: unknown }): Promise<unknown> {
      const error = read?.(name) ?? null
      if (error) throw error
      return super.read(name, options)
    }
  }
  server.on('login', ({ connection, username, password }, resolve, reject) => {
    const welcome = login ? username === login.user && password === login.password : username === 'anonymous'
    if (welcome) resolve({ fs: new Folder(connection, { root: folder, cwd: '/' }) })
    else reject(new Error('not you'))
  })
  const raw = (server as unknown as { server: Server }).server
  const sockets = new Set<Socket>()
  raw.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (text) =>
      commands.push(
        ...String(text)
          .split('\r\n')
          .filter((line) => line !== '' && !line.startsWith('PASS')),
      ),
    )
  })
  const connections = (): number => {
    // While a file is sent the server does not listen, and may forget to begin again.
    for (const socket of sockets) socket.resume()
    return sockets.size
  }
  await server.listen()
  onTestFinished(async () => {
    await server.close()
  })
  return { url: `ftp://127.0.0.1:${port}/`, commands, connections }
}

/** The server wants to be told its port. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
