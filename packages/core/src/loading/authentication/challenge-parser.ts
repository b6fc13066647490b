/**
 * Owns reading `WWW-Authenticate` and its sisters (RFC 9110 §11.2, §11.6). Several challenges may share one header, split by
 * the same commas as their parameters, and several headers arrive joined by one. Linear in the header's length, which is bounded.
 */

/** One offer of a server, as it was written. */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string
  /** What stands in place of parameters, as with Negotiate; null where there is none. */
  readonly token68: string | null
  /** Names in lower case, values without quotes and escapes. Of a name that stands twice, the first. */
  readonly parameters: ReadonlyMap<string, string>
}

/** Longer than any header that a server accepts itself. */
const LONGEST = 16_384
const MOST_CHALLENGES = 32

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y
const EQUALS = /[ \t]*=[ \t]*/y
const SPACE = /[ \t]+/y
const SEPARATORS = /[ \t,]+/y

/** Every challenge of the header that can be read; parts that break the grammar are left out up to the next comma. */
export function parseChallenges(header: string): Challenge[] {
  if (header.length > LONGEST) return []
  const text = new Scanner(header)
  const found: { scheme: string; token68: string | null; parameters: Map<string, string> }[] = []
  while ((text.take(SEPARATORS), !text.atEnd)) {
    const name = text.take(TOKEN)?.toLowerCase()
    if (name === undefined) text.skipElement()
    else if (text.take(EQUALS) !== null) {
      const value = text.value()
      const parameters = found.at(-1)?.parameters
      if (value === null) text.skipElement()
      else if (parameters && !parameters.has(name)) parameters.set(name, value)
    } else {
      if (found.length === MOST_CHALLENGES) break
      const token68 = text.take(SPACE) === null ? null : text.take(TOKEN68)
      found.push({ scheme: name, token68, parameters: new Map() })
    }
  }
  return found
}

/** The parameters of a header that has nothing else, as `Authentication-Info` (RFC 7615 §3). */
export const parseParameters = (header: string): ReadonlyMap<string, string> =>
  parseChallenges(`info ${header}`)[0]?.parameters ?? new Map()

class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  /** What the sticky pattern matches here, stepping over it; null when it does not. */
  take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)?.[0] ?? null
    if (match !== null) this.#at += match.length
    return match
  }

  /** A token or a quoted string; null for neither, also when the quotes do not end. */
  value(): string | null {
    if (this.#text[this.#at] !== '"') return this.take(TOKEN)
    const end = this.#endOfQuotes()
    if (end === null) return null
    const inner = this.#text.slice(this.#at + 1, end)
    this.#at = end + 1
    return inner.replace(/\\(.)/gs, '$1')
  }

  /** Goes to the next comma that stands outside quotes. */
  skipElement(): void {
    while (!this.atEnd && this.#text[this.#at] !== ',') {
      if (this.#text[this.#at] === '"') this.#at = this.#endOfQuotes() ?? this.#text.length
      this.#at++
    }
  }

  #endOfQuotes(): number | null {
    for (let at = this.#at + 1; at < this.#text.length; at++) {
      if (this.#text[at] === '\\') at++
      else if (this.#text[at] === '"') return at
    }
    return null
  }
}
