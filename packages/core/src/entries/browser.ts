/** `urlsession` in a page that a bundler builds. Nothing happens on import. */
import { bindURLSession, type URLSessionConstructor } from '../session/bind.ts'
import type { URLSession as Session } from '../session/url-session.ts'
import { browserEnvironment } from './browser-environment.page.ts'

export * from './public.ts'

/** One object that coordinates an app's transfers. */
export type URLSession = Session
export const URLSession: URLSessionConstructor = bindURLSession(
  browserEnvironment(async (options) => (await import('./bundled-host.page.ts')).bundledHost(options)),
)
