/**
 * data: URLs (RFC 2397), as strictly as Apple reads them: a label that is damaged is an error, where a browser would guess. The
 * content must be written right too: a stray % is an error.
 */
import { URLError } from './url-error.ts'

export interface DataURL {
  /** As it stands there, `text/plain` added in front where only parameters stand there; no charset is invented. */
  readonly type: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/**
 * @param url As the URL parser writes it. A fragment is no part of the content.
 * @throws {URLError} `badURL`.
 */
export function parseDataURL(url: string): DataURL {
  const [text = ''] = url.slice('data:'.length).split('#', 1)
  const comma = text.indexOf(',')
  if (comma < 0) throw bad('there is no comma between its type and its content')
  const label = text.slice(0, comma).trim()
  if (label.includes('%')) throw bad('its type has a percent sign, which can encode nothing there')
  // Anywhere but before the comma it is a parameter like others.
  const base64 = /; *base64$/i.exec(label)
  const type = base64 ? label.slice(0, base64.index) : label
  const content = percentDecoded(text.slice(comma + 1))
  return { type: mediaType(type), bytes: base64 ? base64Decoded(content) : content }
}

function mediaType(label: string): string {
  if (label === '' || label.startsWith(';')) return `text/plain${label}`
  const token = String.raw`[!#$&'*+.^_\x60|~\w-]+`
  if (new RegExp(`^${token}/${token} *(;|$)`).test(label)) return label
  throw bad(`its type is not of the form type/subtype: ${JSON.stringify(label.slice(0, 60))}`)
}

function percentDecoded(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    let code = text.charCodeAt(at)
    if (code === 0x25) {
      const digits = text.slice(at + 1, at + 3)
      if (!/^[\da-f]{2}$/i.test(digits))
        throw bad('its content has a % that two hexadecimal digits do not follow', 'write % as %25')
      code = Number.parseInt(digits, 16)
      at += 2
    }
    bytes[length++] = code
  }
  return bytes.slice(0, length)
}

/** Forgiving (WHATWG Infra §8): white space may stand anywhere and padding may be missing. */
function base64Decoded(content: Uint8Array): Uint8Array<ArrayBuffer> {
  let decoded: string
  try {
    decoded = atob(new TextDecoder('latin1').decode(content))
  } catch {
    throw bad('its content is not base64')
  }
  return Uint8Array.from(decoded, (character) => character.charCodeAt(0))
}

const bad = (why: string, hint?: string): URLError =>
  new URLError('badURL', { url: 'data:…', phase: 'setup', why, ...(hint === undefined ? {} : { hint }) })
