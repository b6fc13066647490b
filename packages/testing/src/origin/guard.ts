/**
 * Owns: paths that want credentials, checked to the letter with node's own hashes: Basic (RFC 7617), Digest (RFC 7616, RFC 2069), Bearer (RFC 6750).
 * Why: a client's idea of Digest proves nothing against itself.
 */
import { createHash, randomUUID } from 'node:crypto'

/** How a guarded path behaves; all of it stands in its query. */
export interface GuardOptions {
  /** In order of offering, each `basic`, `bearer`, or `digest` with an algorithm: `digest:SHA-256-sess`. A `+` joins those of one header line. */
  readonly schemes: readonly string[]
  readonly user: string
  readonly password: string
  readonly realm: string
  /** Of Digest; empty for none, as RFC 2069. */
  readonly qop: string
  readonly userhash: boolean
  /** How often a nonce may be used before it is stale. */
  readonly uses: number
  /** Gives the next nonce with each success. */
  readonly nextnonce: boolean
  readonly domain: string
}

export interface GuardVerdict {
  readonly status: 200 | 400 | 401
  readonly scheme: string | null
  readonly challenges: readonly string[]
  readonly info: string | null
  /** Requests so far, and how many of them were refused with and without credentials. */
  readonly counts: { asked: number; refused: number; bare: number; refreshed: number }
}

export interface GuardedRequest {
  readonly method: string
  readonly target: string
  readonly authorization: string | undefined
  readonly body: Buffer
}

const HASHES: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' }

/** One guarded path, and what it remembers. */
export class Guard {
  readonly counts = { asked: 0, refused: 0, bare: 0, refreshed: 0 }
  readonly #opaque = randomUUID()
  /** Nonce → the count that was used last, and the key of its session. */
  readonly #nonces = new Map<string, { last: number; key: string | null }>()
  #token = 'token-0'

  /** Makes the bearer token another one. */
  refresh(): string {
    this.#token = `token-${++this.counts.refreshed}`
    return this.#token
  }

  judge(request: GuardedRequest, options: GuardOptions): GuardVerdict {
    this.counts.asked++
    const [, scheme = '', rest = ''] = /^(\S+)\s+(.*)$/s.exec(request.authorization ?? '') ?? []
    const kind = scheme.toLowerCase()
    const verdict = this.#verdict(kind, rest, request, options)
    if (verdict === 'right') {
      const info = options.nextnonce && kind === 'digest' ? `nextnonce="${this.#nonce()}"` : null
      return { status: 200, scheme: kind, challenges: [], info, counts: this.counts }
    }
    if (request.authorization === undefined) this.counts.bare++
    else this.counts.refused++
    const challenges = options.schemes.map((line) =>
      line
        .split('+')
        .map((one) => this.#challenge(one, verdict === 'stale', options))
        .join(', '),
    )
    return { status: verdict === 'bad' ? 400 : 401, scheme: kind || null, challenges, info: null, counts: this.counts }
  }

  #verdict(
    kind: string,
    rest: string,
    request: GuardedRequest,
    options: GuardOptions,
  ): 'right' | 'wrong' | 'stale' | 'bad' {
    const offered = options.schemes.flatMap((line) => line.split('+'))
    if (kind === 'basic' && offered.includes('basic'))
      return Buffer.from(rest, 'base64').toString('utf8') === `${options.user}:${options.password}` ? 'right' : 'wrong'
    if (kind === 'bearer' && offered.includes('bearer')) return rest === this.#token ? 'right' : 'wrong'
    if (kind === 'digest') return this.#digest(parametersOf(rest), request, options, offered)
    return 'wrong'
  }

  #digest(
    given: Readonly<Record<string, string>>,
    { method, target, body }: GuardedRequest,
    options: GuardOptions,
    offered: readonly string[],
  ): 'right' | 'wrong' | 'stale' | 'bad' {
    const { user, password, realm } = options
    const algorithm = given['algorithm'] ?? 'MD5'
    if (!offered.includes(`digest:${algorithm}`) || given['uri'] !== target || given['opaque'] !== this.#opaque)
      return 'bad'
    const hash = hasher(algorithm.replace(/-sess$/, ''))
    const named =
      given['userhash'] === 'true'
        ? options.userhash && given['username'] === hash(`${user}:${realm}`)
        : (given['username'] ?? decodeURIComponent(given['username*']?.replace(/^UTF-8''/, '') ?? '')) === user
    const nonce = this.#nonces.get(given['nonce'] ?? '')
    const session = algorithm.endsWith('-sess')
    const secret = hash(`${user}:${realm}:${password}`)
    const { qop } = given
    if ((qop === undefined) !== (options.qop === '') || (qop !== undefined && !options.qop.split(',').includes(qop)))
      return 'bad'
    const count = qop === undefined ? (nonce?.last ?? 0) + 1 : parseInt(given['nc'] ?? '', 16)
    const key = session ? (nonce?.key ?? hash(`${secret}:${given['nonce']}:${given['cnonce']}`)) : secret
    const a2 = hash(qop === 'auth-int' ? `${method}:${target}:${hash(body)}` : `${method}:${target}`)
    const middle = qop === undefined ? given['nonce'] : [given['nonce'], given['nc'], given['cnonce'], qop].join(':')
    if (!named || given['response'] !== hash(`${key}:${middle}:${a2}`)) return 'wrong'
    // A count that was there before is a replay.
    if (!nonce || !(count > nonce.last) || count > options.uses) return 'stale'
    Object.assign(nonce, { last: count, key: session ? key : null })
    return 'right'
  }

  #challenge(scheme: string, stale: boolean, { realm, qop, userhash, domain }: GuardOptions): string {
    if (scheme === 'basic') return `Basic realm="${realm}", charset="UTF-8"`
    if (scheme === 'bearer') return `Bearer realm="${realm}"`
    const [name = '', algorithm = ''] = scheme.split(':')
    if (name !== 'digest') return `${name} abcdef==`
    return [
      `Digest realm="${realm}"`,
      `nonce="${this.#nonce()}"`,
      `opaque="${this.#opaque}"`,
      `algorithm=${algorithm}`,
      'charset=UTF-8',
      ...(qop === '' ? [] : [`qop="${qop}"`]),
      ...(userhash ? ['userhash=true'] : []),
      ...(domain === '' ? [] : [`domain="${domain}"`]),
      ...(stale ? ['stale=true'] : []),
    ].join(', ')
  }

  #nonce(): string {
    const nonce = randomUUID()
    this.#nonces.set(nonce, { last: 0, key: null })
    return nonce
  }
}

export function guardOptions(query: URLSearchParams): GuardOptions {
  const text = (name: string, otherwise: string): string => query.get(name) ?? otherwise
  return {
    schemes: query.getAll('scheme'),
    user: text('user', 'Mufasa'),
    password: text('password', 'Circle of Life'),
    realm: text('realm', 'guarded'),
    qop: text('qop', 'auth'),
    userhash: query.has('userhash'),
    uses: Number(text('uses', '1000000')),
    nextnonce: query.has('nextnonce'),
    domain: text('domain', ''),
  }
}

const hasher =
  (algorithm: string) =>
  (data: string | Buffer): string =>
    createHash(HASHES[algorithm] ?? 'none')
      .update(data)
      .digest('hex')

function parametersOf(text: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [, name = '', quoted, plain] of text.matchAll(/([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g))
    found[name] =
      quoted === undefined ? (plain ?? '') : Buffer.from(quoted.replace(/\\(.)/g, '$1'), 'latin1').toString('utf8')
  return found
}
