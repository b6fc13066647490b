/**
 * Owns the Digest scheme (RFC 7616; without `qop`, RFC 2069). The hashes are given from outside: this file and they are loaded
 * with the first server that asks for Digest.
 */
import type { NormalCredential } from '../../model/credential.ts'
import type { Challenge } from './challenge-parser.ts'
import { parseParameters } from './challenge-parser.ts'
import { headerBytes, headerText, hex, joined, utf8 } from './octets.ts'
import type { DigestAnswer, DigestQuestion, DigestScheme, DigestSession } from './digest-scheme.ts'
import { digestKind, type DigestKind } from './digest-kind.ts'

export type Hash = (bytes: Uint8Array) => Uint8Array
export type DigestHashes = Readonly<Record<DigestKind['hash'], Hash>>

export const digestSchemeOf = (hashes: DigestHashes): DigestScheme => ({
  begin: (question) => new Session(question, hashes),
})

class Session implements DigestSession {
  readonly #challenge: Challenge
  readonly #credential: NormalCredential
  readonly #makeNonce: () => string
  readonly #kind: DigestKind
  readonly #hash: Hash
  readonly #realm: string
  #nonce: string
  #count = 0
  /** H(A1) of a `-sess` algorithm, made once, and the client nonce that is part of it. */
  #sessionKey: { readonly a1: string; readonly cnonce: string } | null = null

  constructor({ challenge, credential, nonce }: DigestQuestion, hashes: DigestHashes) {
    const kind = digestKind(challenge)
    if (!kind) throw new TypeError('digest: the challenge asks for an algorithm or a qop that is not known')
    this.#challenge = challenge
    this.#credential = credential
    this.#makeNonce = nonce
    this.#kind = kind
    this.#hash = hashes[kind.hash]
    this.#realm = challenge.parameters.get('realm') ?? ''
    this.#nonce = challenge.parameters.get('nonce') ?? ''
  }

  authorize({ method, uri, body }: DigestAnswer): string {
    const { qop } = this.#kind
    const parameters = this.#challenge.parameters
    const cnonce = this.#sessionKey?.cnonce ?? this.#makeNonce()
    const nc = (++this.#count).toString(16).padStart(8, '0')
    const a1 = this.#a1(cnonce)
    const entity = qop === 'auth-int' ? `:${hex(this.#hash(body))}` : ''
    const a2 = this.#hashed(`${method}:${uri}${entity}`)
    const response = qop
      ? this.#hashed(`${a1}:${this.#nonce}:${nc}:${cnonce}:${qop}:${a2}`)
      : this.#hashed(`${a1}:${this.#nonce}:${a2}`)
    const opaque = parameters.get('opaque')
    const algorithm = parameters.get('algorithm')
    const withQop = qop ? [`qop=${qop}`, `nc=${nc}`, `cnonce=${quoted(cnonce)}`] : []
    // RFC 2069's -sess needs the client nonce as well.
    const withSession = !qop && this.#kind.session ? [`cnonce=${quoted(cnonce)}`] : []
    return `Digest ${[
      ...this.#userParameters(),
      `realm=${quoted(this.#realm)}`,
      `nonce=${quoted(this.#nonce)}`,
      `uri=${quoted(uri)}`,
      ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
      ...withQop,
      ...withSession,
      `response="${response}"`,
      ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
    ].join(', ')}`
  }

  /** RFC 7616 §3.5: the next nonce may come with a success, so that the next request need not be refused first. */
  took(authenticationInfo: string): void {
    const next = parseParameters(authenticationInfo).get('nextnonce')
    if (next === undefined || next === this.#nonce) return
    this.#nonce = next
    this.#count = 0
  }

  /** H(A1), RFC 7616 §3.4.2; that of a session stays the same until a new challenge. */
  #a1(cnonce: string): string {
    if (this.#sessionKey) return this.#sessionKey.a1
    const { user, password } = this.#credential
    const secret = hex(
      this.#hash(joined(name(user), utf8(':'), headerBytes(this.#realm), utf8(':'), utf8(password.normalize('NFC')))),
    )
    if (!this.#kind.session) return secret
    const a1 = this.#hashed(`${secret}:${this.#nonce}:${cnonce}`)
    this.#sessionKey = { a1, cnonce }
    return a1
  }

  /** RFC 7616 §3.4 and §3.4.4: hashed if the server can find a user by that; else plain, or in UTF-8 where quotes cannot hold it. */
  #userParameters(): string[] {
    const { user } = this.#credential
    if (this.#kind.userhash) {
      const hashed = hex(this.#hash(joined(name(user), utf8(':'), headerBytes(this.#realm))))
      return [`username="${hashed}"`, 'userhash=true']
    }
    if (/^[\x20-\x7e]*$/.test(user)) return [`username=${quoted(user)}`]
    // RFC 2069 and its servers know no `username*`.
    if (this.#kind.qop) return [`username*=UTF-8''${extended(user.normalize('NFC'))}`]
    return [`username=${quoted(headerText(user.normalize('NFC')))}`]
  }

  #hashed(text: string): string {
    return hex(this.#hash(headerBytes(text)))
  }
}

const name = (user: string): Uint8Array => utf8(user.normalize('NFC'))

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

/** RFC 8187 §3.2.1, `ext-value` without its prefix. */
const extended = (text: string): string =>
  encodeURIComponent(text).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
