/** Owns: which real servers there are, by name. Each is started when a test first asks for it, and stopped at the end of the run. */
import { ContentRangeServer } from './content-range-server.ts'
import { startUploadServer, type UploadServer } from '../../../../testing/src/upload-draft/index.ts'
import { startHTTP2 } from './http2.ts'
import { startHttpbin } from './httpbin.ts'
import { startNginx } from './nginx.ts'
import { S3Server } from './s3-server.ts'
import type { RunningServer, ServerFacts } from './server.ts'
import { startWebsockets } from './websockets.ts'

const starts = {
  httpbin: () => startHttpbin(),
  nginx: () => startNginx(),
  http2: startHTTP2,
  websockets: () => startWebsockets(),
  // Its packages are loaded for those runs alone that need them.
  resumable: async () => ({ ...(await shared()), whyNot: null, has: [] }),
  tus: async () => (await import('./tus-server.ts')).startTus(),
  s3: async () => ours(await S3Server.start()),
  'content-range': async () => ours(await ContentRangeServer.start()),
}

/** One that is always there. */
const ours = (server: { readonly url: string; stop(): void }): RunningServer => ({
  url: server.url,
  whyNot: null,
  has: [],
  stop: async () => server.stop(),
})

const shared = async (): Promise<UploadServer> => {
  const server = await startUploadServer()
  const { url, stop } = server
  return { ...server, url, stop }
}

export type ServerName = keyof typeof starts

/** The servers of one run. */
export class RealServers {
  readonly #running = new Map<string, Promise<RunningServer>>()

  /** Starts the server, or tells of the one that runs. */
  async facts(name: string): Promise<ServerFacts> {
    if (!Object.hasOwn(starts, name))
      throw new TypeError(`no server '${name}'; there are ${Object.keys(starts).join(', ')}`)
    const running = this.#running.get(name) ?? starts[name as ServerName]()
    this.#running.set(name, running)
    const { url, whyNot, has } = await running
    return { url, whyNot, has }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map(async (running) => (await running).stop()))
  }
}
