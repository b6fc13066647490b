/** Owns: an attempt as the loading chain makes it, on any transport: prepare, send, answer, until the response is final. */
import { FixedChance } from '../../../../../testing/src/fakes/fixed-chance.ts'
import {
  Authenticator,
  type AuthenticatorParts,
  type RunOptions,
} from '../../../../src/loading/authentication/authenticator.ts'
import { URLCredentialStorage } from '../../../../src/loading/authentication/credential-storage.ts'
import { protectionSpace, type URLAuthenticationChallenge } from '../../../../src/model/protection-space.ts'
import type { Transport, WireRequest, WireResponse } from '../../../../src/ports/transport.ts'
import { digestScheme } from '../../../../src/platform/digest/http-digest.ts'

export const right = { user: 'Mufasa', password: 'Circle of Life' } as const
export const wrong = { user: 'Mufasa', password: 'wrong' } as const

export const wire = (url: string, more: Partial<WireRequest> = {}): WireRequest => ({
  url,
  method: 'GET',
  headers: new Headers(),
  body: null,
  redirect: 'follow',
  credentials: 'omit',
  cache: 'no-store',
  signal: new AbortController().signal,
  ...more,
})

export const authenticator = (more: Partial<AuthenticatorParts> = {}): Authenticator =>
  new Authenticator({
    storage: new URLCredentialStorage(),
    chance: new FixedChance(),
    loadDigest: async () => digestScheme,
    bearer: null,
    ...more,
  })

export interface Outcome {
  readonly status: number
  readonly response: WireResponse
  /** Everything that was sent. */
  readonly sent: WireRequest[]
  readonly authorizations: (string | null)[]
}

export async function attempt(
  transport: Transport,
  by: Authenticator,
  request: WireRequest,
  options: Partial<RunOptions> = {},
): Promise<Outcome> {
  const run = by.begin({ proposed: null, ask: null, ...options })
  const sent: WireRequest[] = []
  for (let next: WireRequest | null = request; ;) {
    const prepared: WireRequest = await run.prepare(next)
    sent.push(prepared)
    if (sent.length > 50) throw new Error('it does not end')
    const response = await transport.send(prepared)
    next = await run.answer(prepared, response)
    if (!next)
      return {
        status: response.status,
        response,
        sent,
        authorizations: sent.map(({ headers }) => headers.get('authorization')),
      }
  }
}

/** Asks that are answered in order, and kept. */
export function asked(...answers: Awaited<ReturnType<NonNullable<RunOptions['ask']>>>[]): {
  ask: NonNullable<RunOptions['ask']>
  challenges: URLAuthenticationChallenge[]
} {
  const challenges: URLAuthenticationChallenge[] = []
  return {
    challenges,
    ask: async (challenge) => {
      // It crosses to a worker and back.
      challenges.push(structuredClone(challenge))
      return answers[challenges.length - 1]
    },
  }
}

export async function textOf({ body }: WireResponse): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for (let bytes = await body.read(); bytes; bytes = await body.read()) text += decoder.decode(bytes, { stream: true })
  return text
}

export const spaceOf = (url: string, method = 'basic', realm = 'guarded'): ReturnType<typeof protectionSpace> =>
  protectionSpace(url, realm, method)
