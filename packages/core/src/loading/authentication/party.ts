/** Owns what one attempt has gone through with one server or proxy: what was sent last, refused, rejected. */
import type { NormalCredential } from '../../model/credential.ts'
import type { DigestSession } from './digest-scheme.ts'
import type { KnownSpace } from './known-spaces.ts'
import type { Offer } from './offers.ts'

/** What went with the last request. */
export type Sent =
  | { readonly kind: 'bearer'; readonly token: string }
  | {
      readonly kind: 'credential'
      readonly offer: Offer
      readonly credential: NormalCredential
      readonly digest: DigestSession | null
      /** Before the server asked. */
      readonly unasked: boolean
      /** Already kept, so that a success need not keep it. */
      readonly stored: boolean
    }

/** Nonces may run out while a request is on its way, but not for ever. */
const MOST_STALE = 3

export class Party {
  /** An origin, or what stands for a proxy. */
  readonly name: string
  readonly isProxy: boolean
  /** Where the one who asks is. */
  readonly asker: string
  sent: Sent | null = null
  /** The header that was set last, and the request it was for. */
  header: { readonly value: string; readonly request: string } | null = null
  /** Opened by this attempt; also with credentials that nobody may keep. */
  opened: KnownSpace | null = null
  /** A proxy that only makes a connection: it sees where to, and nothing of the request. */
  tunnels = false
  /** A new bearer token is tried once. */
  renewedToken = false
  readonly #failures = new Map<string, number>()
  readonly #refused = new Set<string>()
  readonly #rejected = new Set<string>()
  #stale = 0

  constructor(asker: string, isProxy: boolean) {
    this.asker = asker
    this.isProxy = isProxy
    this.name = isProxy ? `proxy ${asker}` : new URL(asker).origin
  }

  failuresIn(offer: Offer): number {
    return this.#failures.get(offer.key) ?? 0
  }

  hasRefused(offer: Offer, credential: NormalCredential): boolean {
    return this.#refused.has(identityOf(offer, credential))
  }

  refuse(offer: Offer, credential: NormalCredential): void {
    this.#failures.set(offer.key, this.failuresIn(offer) + 1)
    this.#refused.add(identityOf(offer, credential))
  }

  reject(offer: Offer): void {
    this.#rejected.add(offer.key)
  }

  hasRejected(offer: Offer): boolean {
    return this.#rejected.has(offer.key)
  }

  /** True when only the nonce was refused (RFC 7616 §3.3, `stale`), or one that was sent unasked and may have run out. */
  mayBeStale(sent: Sent & { kind: 'credential' }, now: Offer): boolean {
    if (!sent.digest) return false
    if (!sent.unasked && now.challenge.parameters.get('stale')?.toLowerCase() !== 'true') return false
    return ++this.#stale <= MOST_STALE
  }
}

const identityOf = ({ key }: Offer, { user, password }: NormalCredential): string =>
  JSON.stringify([key, user, password])
