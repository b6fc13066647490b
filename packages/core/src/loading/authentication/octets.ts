/** Owns texts as the bytes that authentication schemes hash and encode. */

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

/** The bytes of text that came in a header, where one character stands for one byte (WHATWG fetch, "isomorphic decode"). */
export const headerBytes = (text: string): Uint8Array<ArrayBuffer> =>
  /[^\0-\xff]/.test(text) ? utf8(text) : Uint8Array.from(text, (character) => character.charCodeAt(0))

/** Header text for people: the UTF-8 that its bytes are, if they are, else as it is. */
export function readable(text: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(headerBytes(text))
  } catch {
    return text
  }
}

/** Header text made of any characters: the opposite of {@link readable}. */
export const headerText = (text: string): string => Array.from(utf8(text), (byte) => String.fromCharCode(byte)).join('')

export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
