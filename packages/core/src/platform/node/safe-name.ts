/**
 * Owns: any text as a file name, and back. Why: record keys and lock names hold slashes, capitals and
 * whatever a user chose, and file systems differ in what they take and in which names they hold to be equal.
 */
import { createHash } from 'node:crypto'

/** Leaves room for an extension within the 255 bytes of a name. */
const LONGEST = 200
/** What stands before the hash in the name of a text that is too long for a file name. */
const READABLE = 130
/** Ends the name of such a text; `%%` is in no other name. */
const HASHED = /%%[0-9a-f]{64}$/

/**
 * Bytes other than `[a-z0-9._-]` become `%<hex>`, so two texts never share a name, not even where
 * capitals do not count; a leading or trailing dot is written so as well. A text that would be too
 * long keeps its beginning and ends in `%%` and its SHA-256.
 */
export function fileNameOf(text: string): string {
  const hash = HASHED.exec(text)?.[0]
  if (hash !== undefined) return encoded(text.slice(0, -hash.length)) + hash
  const name = encoded(text)
  if (name.length <= LONGEST) return name
  return `${beginning(name)}%%${createHash('sha256').update(text).digest('hex')}`
}

/**
 * The text that a name stands for. Of a text that was too long this is only its beginning and the
 * hash: not the text, but `fileNameOf` gives the same name for it.
 */
export function textOf(fileName: string): string {
  const hash = HASHED.exec(fileName)?.[0] ?? ''
  const name = fileName.slice(0, fileName.length - hash.length)
  return (decoded(name) ?? name) + hash
}

export const isShortened = (fileName: string): boolean => HASHED.test(fileName)

/** True when a text with this name may start with `prefix`: exact for names that hold all of their text. */
export function mayStartWith(fileName: string, prefix: string): boolean {
  if (!isShortened(fileName)) return textOf(fileName).startsWith(prefix)
  const start = fileName.slice(0, fileName.lastIndexOf('%%'))
  return start.startsWith(encoded(prefix)) || encoded(prefix).startsWith(start)
}

/** As much of a name as may stand before a hash, cut where a character begins. */
function beginning(name: string): string {
  let start = name.slice(0, READABLE)
  while (decoded(start) === null) start = start.slice(0, -1)
  return start
}

function decoded(name: string): string | null {
  try {
    return decodeURIComponent(name)
  } catch {
    return null
  }
}

const encoded = (text: string): string => {
  const bytes = new TextEncoder().encode(text)
  return Array.from(bytes, (byte, index) => {
    const char = String.fromCharCode(byte)
    const dotAtEdge = char === '.' && (index === 0 || index === bytes.length - 1)
    return /[a-z0-9._-]/.test(char) && !dotAtEdge ? char : `%${byte.toString(16).padStart(2, '0')}`
  }).join('')
}
