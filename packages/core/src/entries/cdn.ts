/**
 * `urlsession.js`: one file for `<script type="module">`, which is the page's API and, loaded again in a worker
 * by a name of our own, the engine.
 */
import { bindURLSession, type BoundURLSession, type URLSessionConstructor } from '../session/bind.ts'
import { openWorker } from '../wire/worker-host.ts'
import { browserEnvironment } from './browser-environment.page.ts'
import { ladderHost } from './engine-ladder.page.ts'

export * from './public.ts'
export { openURLCache } from './browser-cache.ts'
export { openCookieStorage } from './browser-cookies.ts'
export { openCredentialStorage } from './browser-credentials.ts'

const WORKER_NAME = 'urlsession:self'

/** One object that coordinates an app's transfers. */
export type URLSession = BoundURLSession
export const URLSession: URLSessionConstructor = bindURLSession(
  browserEnvironment(async (options) =>
    ladderHost(options, [
      { name: 'this file as a worker', spawn: () => openWorker(import.meta.url, WORKER_NAME) },
      { name: 'this file as a worker by way of a blob', spawn: () => openWorker(import.meta.url, WORKER_NAME, 'blob') },
    ]),
  ),
)

if (!('document' in globalThis) && self.name === WORKER_NAME) await import('./worker.ts')
