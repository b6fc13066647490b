/** A Vite plugin that runs the local origin and the servers for uploads and for talk beside the demo, in development and preview alike, and tells the page where they are. */
import type { Plugin, PreviewServer, ViteDevServer } from 'vite'
import { startOrigin, type Origin } from '../../../packages/testing/src/origin/index.ts'
import { startEchoServer, type EchoServer } from './echo-server.ts'
import { registerSamples } from './sample-files.ts'
import { startUploadServers, type UploadServers } from './upload-servers.ts'

/** Where the page asks for the origin's address. */
export const whereabouts = '/demo-origin.json'

/** Kept from start to start if it is free, so that unfinished downloads find their server again. */
const preferredPort = 5174

export function demoOrigin(): Plugin {
  return { name: 'demo-origin', configureServer: attach, configurePreviewServer: attach }
}

async function attach(server: ViteDevServer | PreviewServer): Promise<void> {
  const origin = await startOrigin({ port: preferredPort }).catch(() => startOrigin())
  registerSamples(origin)
  const uploads = await startUploadServers()
  const echo = await startEchoServer()
  tellWhere(server, origin, uploads, echo)
  server.httpServer?.once('close', () => void Promise.all([origin.stop(), uploads.stop(), echo.stop()]))
}

function tellWhere(
  { middlewares }: ViteDevServer | PreviewServer,
  { url }: Origin,
  { endpoints }: UploadServers,
  echo: EchoServer,
): void {
  middlewares.use(whereabouts, (_request, response) => {
    response.setHeader('Content-Type', 'application/json')
    response.setHeader('Cache-Control', 'no-store')
    response.end(JSON.stringify({ url, uploads: endpoints, echo: echo.url }))
  })
}
