/** An Authorization header of the Basic kind (RFC 7617, in UTF-8), taken apart. */
export interface BasicCredentials {
  readonly user: string
  readonly password: string
}

/** What stands in such a header, or null where it is of another kind or damaged. */
export function parseBasic(header: string | null): BasicCredentials | null {
  const coded = /^Basic +([\w+/=-]+)$/i.exec(header?.trim() ?? '')?.[1]
  if (coded === undefined) return null
  try {
    const text = new TextDecoder().decode(Uint8Array.from(atob(coded), (character) => character.charCodeAt(0)))
    const colon = text.indexOf(':')
    return colon < 0 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) }
  } catch {
    return null
  }
}
