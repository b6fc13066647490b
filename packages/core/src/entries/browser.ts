/** `urlsession` in a page that a bundler builds. Nothing happens on import. */
import { bindURLSession, type BoundURLSession, type URLSessionConstructor } from '../session/bind.ts'
import { browserEnvironment } from './browser-environment.page.ts'

export * from './public.ts'
export { openURLCache } from './browser-cache.ts'
export { openCookieStorage } from './browser-cookies.ts'
export { openCredentialStorage } from './browser-credentials.ts'

/** One object that coordinates an app's transfers. */
export type URLSession = BoundURLSession
export const URLSession: URLSessionConstructor = bindURLSession(
  browserEnvironment(async (options) => (await import('./bundled-host.page.ts')).bundledHost(options)),
)
