/**
 * Owns what a session has learnt: which parts of which servers ask for credentials and how, so that the next request there need
 * not be refused first (RFC 7617 §2.2, RFC 7616 §3.3, `domain`). It holds no Basic credential: those are asked of the storage.
 */
import type { NormalCredential } from '../../model/credential.ts'
import type { DigestSession } from './digest-scheme.ts'
import type { Offer } from './offers.ts'

export interface KnownSpace {
  readonly offer: Offer
  /** Paths at and below which the space is; each ends in a slash or is one that its domain named. */
  readonly paths: readonly string[]
  /** What opened it last. */
  readonly credential: NormalCredential
  readonly digest: DigestSession | null
}

const MOST_PER_SERVER = 50

export class KnownSpaces {
  /** Server or proxy → space, the latest last. */
  readonly #servers = new Map<string, Map<string, KnownSpace>>()

  /** The space that a path is most likely in: the one named most narrowly. */
  find(server: string, path: string): KnownSpace | null {
    let best: { readonly known: KnownSpace; readonly length: number } | null = null
    for (const known of this.#servers.get(server)?.values() ?? []) {
      const length = coverage(known, path)
      if (length > (best?.length ?? 0)) best = { known, length }
    }
    return best?.known ?? null
  }

  learn(server: string, known: KnownSpace): void {
    const spaces = this.#servers.get(server) ?? new Map<string, KnownSpace>()
    this.#servers.set(server, spaces)
    const { key } = known.offer
    const before = spaces.get(key)?.paths.filter((path) => coverage(known, path) === 0) ?? []
    spaces.delete(key)
    spaces.set(key, { ...known, paths: [...known.paths, ...before].slice(0, MOST_PER_SERVER) })
    for (const oldest of spaces.keys()) if (spaces.size > MOST_PER_SERVER) spaces.delete(oldest)
  }

  forget(server: string, key: string): void {
    this.#servers.get(server)?.delete(key)
  }

  clear(): void {
    this.#servers.clear()
  }
}

/** How much of the path the space names; 0 when the path is not in it. */
export function coverage({ paths }: Pick<KnownSpace, 'paths'>, path: string): number {
  const covering = paths.filter((one) => path === one || path.startsWith(one.endsWith('/') ? one : `${one}/`))
  return Math.max(0, ...covering.map((one) => one.length))
}

/** What a success at `url` tells about the extent of the space. */
export function pathsOf({ challenge, space }: Offer, url: string): string[] {
  if (space.isProxy) return ['/']
  const { origin, pathname } = new URL(url)
  if (challenge.scheme !== 'digest') return [pathname.slice(0, pathname.lastIndexOf('/') + 1)]
  // Other servers that a domain names do not count: nothing is sent to an origin that did not ask.
  const named = (challenge.parameters.get('domain') ?? '')
    .split(/\s+/)
    .filter((uri) => uri !== '')
    .map((uri) => URL.parse(uri, url))
    .filter((uri) => uri !== null && uri.origin === origin)
    .map((uri) => uri?.pathname ?? '/')
  return named.length > 0 ? named.slice(0, MOST_PER_SERVER) : ['/']
}
