/** Owns what all requests of a session share about authentication; each attempt gets a run of its own. */
import type { URLCredential } from '../../model/credential.ts'
import type { ChallengeDisposition, URLAuthenticationChallenge } from '../../model/protection-space.ts'
import type { Chance } from '../../ports/clock.ts'
import type { WireRequest, WireResponse } from '../../ports/transport.ts'
import { CredentialRun } from './authentication-run.ts'
import type { BearerRefresher } from './bearer-refresher.ts'
import type { URLCredentialStorage } from './credential-storage.ts'
import type { DigestScheme } from './digest-scheme.ts'
import { KnownSpaces } from './known-spaces.ts'

export interface AuthenticatorParts {
  /** Null: nothing is kept from one request to the next. */
  readonly storage: Pick<URLCredentialStorage, 'defaultCredential' | 'set' | 'setDefault'> | null
  readonly chance: Chance
  /** Called for the first Digest challenge. */
  readonly loadDigest: () => Promise<DigestScheme>
  readonly bearer: Pick<BearerRefresher, 'covers' | 'token' | 'renew'> | null
  /**
   * The proxy that is asked with HTTP for this URL, or null. Without one, a 407 is the response, and also where a proxy has only made the
   * connection over which it came: a server must not get a proxy's credentials by asking for them.
   */
  readonly proxyFor?: (url: string) => string | null
}

/** Asks whoever decides; an answer that never comes is waited for until the request's signal fires. */
export type AskForCredential = (
  challenge: URLAuthenticationChallenge,
) => Promise<ChallengeDisposition | undefined> | ChallengeDisposition | undefined

export interface RunOptions {
  /** From the URL's user info; offered to the origin of the first request only. */
  readonly proposed: URLCredential | null
  /** Null: nobody to ask. */
  readonly ask: AskForCredential | null
}

/** Authentication for one attempt, redirects included. */
export interface AuthenticationRun {
  /**
   * The request with credentials that are known to be wanted; for each hop, before it is sent. Leaves alone a request whose
   * caller set `Authorization`. Credentials of an earlier hop that are not for this one are taken off.
   */
  prepare(request: WireRequest): Promise<WireRequest>
  /**
   * The request to send instead, through `prepare` or not, or null when the response is final, its body still unread. The body of a response
   * that is not final is given up here.
   * @throws {URLError} `cancelled` when that is the answer to the challenge, `userAuthenticationRequired` when a token cannot
   *   be renewed, `unsupportedByPlatform` when the Digest scheme cannot be loaded; the signal's reason.
   */
  answer(request: WireRequest, response: WireResponse): Promise<WireRequest | null>
}

export class Authenticator {
  readonly #parts: AuthenticatorParts
  readonly #known = new KnownSpaces()

  constructor(parts: AuthenticatorParts) {
    this.#parts = parts
  }

  begin(options: RunOptions): AuthenticationRun {
    return new CredentialRun(this.#parts, this.#known, options)
  }

  /** Forgets which servers ask, and with it every Digest session. */
  forget(): void {
    this.#known.clear()
  }
}
