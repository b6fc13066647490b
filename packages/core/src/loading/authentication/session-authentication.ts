/** A session's dealings with challenges, as the loading chain asks for them. The rules are loaded with the first that comes. */
import type { CredentialStorage } from '../../model/credential-storage.ts'
import type { URLCredential } from '../../model/credential.ts'
import type { Chance, Clock } from '../../ports/clock.ts'
import type { LoadQuestions } from '../loader.ts'
import type { AskForCredential, AuthenticationRun, Authenticator, AuthenticatorParts } from './authenticator.ts'
import type { BearerOptions } from '../../model/bearer-options.ts'
import type { WithLock } from './bearer-refresher.ts'
import type { CredentialVault } from './credential-storage.ts'

/** What a platform lends to it. */
export interface AuthenticationPlatform {
  readonly loadDigest: AuthenticatorParts['loadDigest']
  readonly withLock: WithLock
  /** See {@link AuthenticatorParts.proxyFor}; not where proxies are the platform's own. */
  readonly proxyFor?: NonNullable<AuthenticatorParts['proxyFor']>
  /** Where `permanent` credentials are kept. */
  readonly openVault: () => Promise<CredentialVault>
}

export interface AuthenticationParts extends AuthenticationPlatform {
  readonly clock: Clock
  readonly chance: Chance
  /** The caller's; null: one of the session's own, which is permanent where the session is. */
  readonly storage: CredentialStorage | null
  readonly isEphemeral: boolean
  readonly bearer: BearerOptions | null
}

export class SessionAuthentication {
  readonly #parts: AuthenticationParts
  #storage: Promise<CredentialStorage> | null = null
  #authenticator: Promise<Authenticator> | null = null

  constructor(parts: AuthenticationParts) {
    this.#parts = parts
  }

  /** Where credentials are looked for and kept. */
  storage(): Promise<CredentialStorage> {
    const { storage, isEphemeral, openVault } = this.#parts
    this.#storage ??= storage
      ? Promise.resolve(storage)
      : import('./credential-storage.ts').then((one) => new one.URLCredentialStorage(isEphemeral ? null : openVault))
    return this.#storage
  }

  /**
   * For one task. Nothing is prepared before a server of this session has asked for the first time, or a token is to be sent unasked.
   * @param proposed From the URL's user info.
   */
  questions(proposed: URLCredential | null, ask: AskForCredential | null): LoadQuestions {
    let run: Promise<AuthenticationRun> | null = null
    const begun = (): Promise<AuthenticationRun> =>
      (run ??= this.#loaded().then((authenticator) => authenticator.begin({ proposed, ask })))
    return {
      ...((this.#parts.bearer || this.#authenticator) && {
        prepare: async (request) => (await begun()).prepare(request),
      }),
      answer: (request, response) =>
        // What comes after a challenge says whether the credentials were good.
        run || response.status === 401 || response.status === 407
          ? begun().then((authentication) => authentication.answer(request, response))
          : null,
    }
  }

  /** Forgets what is known of servers, and what was stored. */
  async reset(): Promise<void> {
    await (await this.storage()).clear()
    ;(await this.#authenticator)?.forget()
  }

  #loaded(): Promise<Authenticator> {
    this.#authenticator ??= this.#load()
    this.#authenticator.catch(() => (this.#authenticator = null))
    return this.#authenticator
  }

  async #load(): Promise<Authenticator> {
    const { bearer, withLock, clock, chance, loadDigest, proxyFor } = this.#parts
    const [{ Authenticator }, storage, { BearerRefresher }] = await Promise.all([
      import('./authenticator.ts'),
      this.storage(),
      import('./bearer-refresher.ts'),
    ])
    return new Authenticator({
      storage,
      chance,
      loadDigest,
      ...(proxyFor && { proxyFor }),
      bearer: bearer && new BearerRefresher(bearer, { withLock, clock }),
    })
  }
}
