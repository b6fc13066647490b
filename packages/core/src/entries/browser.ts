/** `urlsession` in a page that a bundler builds. Nothing happens on import. */
import { bindURLSession, type URLSessionConstructor } from '../session/bind.ts'
import type { URLSession as Session } from '../session/url-session.ts'
import { openWorker } from '../wire/worker-host.ts'
import { browserEnvironment } from './browser-environment.page.ts'

export * from './public.ts'

/** One object that coordinates an app's transfers. */
export type URLSession = Session
export const URLSession: URLSessionConstructor = bindURLSession(
  browserEnvironment([
    {
      name: 'the worker file beside the bundle',
      // Word for word what Vite, webpack and Rspack look for.
      spawn: () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'urlsession' }),
    },
    {
      name: 'the worker file by way of a blob',
      spawn: () => openWorker(new URL('./worker.js', import.meta.url), 'urlsession', 'blob'),
    },
  ]),
)
