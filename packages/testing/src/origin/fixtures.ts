/**
 * Owns: the small fixed paths every client test wants: echo, any status, redirect chains, cookies, credentials, an upload sink.
 */
import { createHash } from 'node:crypto'
import { corsHeaders } from './cors.ts'
import type { Exchange } from './exchange.ts'
import { Guard, guardOptions } from './guard.ts'

type Fixture = (exchange: Exchange, url: URL, argument: string) => void | Promise<void>

/**
 * `/echo` method, URL, headers and body as JSON · `/status/<n>?location=` · `/redirect/<n>?status=` a chain of n hops that
 * ends at /echo · `/set-cookie?name=value…` · `/basic/<user>/<password>` 401 until right · `/guarded/<id>/…?scheme=` 401 until right by
 * `guard.ts`; `/renew/<id>` makes its bearer token a new one · `/sink?status=` takes a body of
 * any size and answers its length and SHA-256; with `?after=<ms>` it begins to read it only then.
 */
const fixtures: Record<string, Fixture> = {
  async echo(exchange, url) {
    const body: Uint8Array[] = []
    for await (const bytes of exchange.request) body.push(bytes as Uint8Array)
    const { method, headers } = exchange.entry
    json(exchange, 200, { method, url: url.pathname + url.search, headers, body: Buffer.concat(body).toString('utf8') })
  },

  status(exchange, url, argument) {
    exchange.request.resume()
    const location = url.searchParams.get('location')
    json(exchange, Number(argument), { status: Number(argument) }, location === null ? {} : { Location: location })
  },

  redirect(exchange, url, argument) {
    exchange.request.resume()
    const left = Number(argument)
    const status = Number(url.searchParams.get('status') ?? 302)
    json(exchange, status, { left }, { Location: left > 1 ? `/redirect/${left - 1}${url.search}` : '/echo' })
  },

  'set-cookie'(exchange, url) {
    exchange.request.resume()
    exchange.response.setHeader(
      'Set-Cookie',
      [...url.searchParams].map(([name, value]) => `${name}=${value}`),
    )
    json(exchange, 200, { set: Object.fromEntries(url.searchParams) })
  },

  basic(exchange, _url, argument) {
    exchange.request.resume()
    const [user = '', password = ''] = argument.split('/').map(decodeURIComponent)
    const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
    if (exchange.entry.headers['authorization'] === expected) return json(exchange, 200, { user })
    json(exchange, 401, { error: 'unauthorized' }, { 'WWW-Authenticate': `Basic realm="testing", charset="UTF-8"` })
  },

  async guarded(exchange, url, argument) {
    const body: Uint8Array[] = []
    for await (const bytes of exchange.request) body.push(bytes as Uint8Array)
    const { method, headers } = exchange.entry
    const request = {
      method,
      target: exchange.entry.url,
      authorization: headers['authorization'],
      body: Buffer.concat(body),
    }
    const verdict = guard(argument).judge(request, guardOptions(url.searchParams))
    const { status, scheme, challenges, info, counts } = verdict
    // Several lines, in UTF-8 as `head` sends it.
    const lines = challenges.map((line) => Buffer.from(line, 'utf8').toString('latin1'))
    if (lines.length > 0) exchange.response.setHeader('WWW-Authenticate', lines)
    const cors = url.searchParams.has('hidden') ? 'simple' : 'exposed'
    json(exchange, status, { scheme, counts }, info === null ? {} : { 'Authentication-Info': info }, cors)
  },

  renew(exchange, _url, argument) {
    exchange.request.resume()
    json(exchange, 200, { token: guard(argument).refresh() })
  },

  async sink(exchange, url) {
    const after = Number(url.searchParams.get('after') ?? 0)
    if (after > 0) await new Promise((resolve) => setTimeout(resolve, after))
    const hash = createHash('sha256')
    for await (const bytes of exchange.request) hash.update(bytes as Uint8Array)
    json(exchange, Number(url.searchParams.get('status') ?? 200), {
      bytes: exchange.entry.bytesReceived,
      sha256: hash.digest('hex'),
    })
  },
}

const guards = new Map<string, Guard>()

/** The guard of everything below `/guarded/<id>`. */
function guard(argument: string): Guard {
  const id = argument.split('/')[0] ?? ''
  const found = guards.get(id) ?? new Guard()
  guards.set(id, found)
  return found
}

function json(
  exchange: Exchange,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
  mode: 'simple' | 'exposed' = 'exposed',
): void {
  const text = `${JSON.stringify(value)}\n`
  const cors = corsHeaders(mode, exchange.entry.headers['origin'])
  exchange.head(status, [
    ...cors,
    ['Content-Type', 'application/json'],
    ['Content-Length', String(Buffer.byteLength(text))],
    ...Object.entries(headers),
  ])
  if (exchange.request.method !== 'HEAD') void exchange.write(Buffer.from(text))
  exchange.end()
}

/** Answers if the path is a fixture's; else returns false and has done nothing. */
export async function serveFixture(exchange: Exchange): Promise<boolean> {
  const url = new URL(exchange.entry.url, 'http://origin')
  const [, name = '', argument = ''] = /^\/([\w-]+)\/?(.*)$/.exec(url.pathname) ?? []
  if (!Object.hasOwn(fixtures, name)) return false
  await fixtures[name]?.(exchange, url, argument)
  return true
}
