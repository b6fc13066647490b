/**
 * Owns: which part of the origin answers a request: control, a route of the user's, a static folder, a file, a fixture.
 */
import { answerFor, canned } from './answer.ts'
import { serveControl } from './control-endpoint.ts'
import { preflightHeaders } from './cors.ts'
import type { Exchange } from './exchange.ts'
import { serveFixture } from './fixtures.ts'
import type { RunningOrigin } from './origin.ts'
import { sendAnswer } from './send-answer.ts'
import { serveStatic } from './static-files.ts'
import type { Behaviour } from './vocabulary.ts'

/**
 * A handler of the user's, mounted under a path prefix. `exchange.head`, `exchange.write` and `exchange.end` are journalled;
 * `exchange.request` and `exchange.response` are node's own.
 */
export type Route = (exchange: Exchange) => void | Promise<void>

/** Answers one request of `origin`. */
export async function answerRequest(origin: RunningOrigin, exchange: Exchange): Promise<void> {
  const path = exchange.entry.url.replace(/[?#].*$/, '')
  const { control = true, routes = {}, staticDirs = {} } = origin.options
  if (control && path === '/__control') return serveControl(origin, exchange)
  const route = longestPrefix(Object.keys(routes), path)
  if (route !== null) return routes[route]?.(exchange)
  const folder = longestPrefix(Object.keys(staticDirs), path)
  if (folder !== null) return serveStatic(exchange, path.slice(folder.length), staticDirs[folder] as string)
  if (exchange.entry.preflight) return permit(origin, exchange)
  if (exchange.entry.file !== null) return serveFile(origin, exchange, exchange.entry.file)
  if (await serveFixture(exchange)) return
  await sendAnswer(exchange, canned(404), {}, origin.stalls)
}

async function serveFile(origin: RunningOrigin, exchange: Exchange, name: string): Promise<void> {
  const { method, url, headers } = exchange.entry
  const file = origin.find(name)
  const behaviour: Behaviour = { ...defaultsOf(origin), ...file?.take({ method, url, headers }) }
  exchange.request.resume()
  const answer = file
    ? await answerFor({ method, url, headers }, file.entity, behaviour)
    : canned(404, `no file '${name}' here\n`, { 'Access-Control-Allow-Origin': '*' })
  await sendAnswer(exchange, answer, behaviour, origin.stalls)
}

/** Answers a preflight. */
function permit(origin: RunningOrigin, exchange: Exchange): void {
  const file = exchange.entry.file === null ? null : origin.find(exchange.entry.file)
  const behaviour: Behaviour = { ...defaultsOf(origin), ...file?.standing }
  const allowed = behaviour.preflight !== 'refuse'
  exchange.head(allowed ? 204 : 403, allowed ? preflightHeaders(behaviour.cors ?? 'none', exchange.entry.headers) : [])
  exchange.end()
}

function defaultsOf(origin: RunningOrigin): Behaviour {
  return { cors: origin.options.cors ?? 'exposed', timingAllowOrigin: origin.options.timingAllowOrigin ?? false }
}

function longestPrefix(prefixes: readonly string[], path: string): string | null {
  const fitting = prefixes.filter((prefix) => path.startsWith(prefix) || `${path}/` === prefix)
  return fitting.sort((a, b) => b.length - a.length)[0] ?? null
}
