/**
 * Owns: the text form of a record. Why: JSON loses bytes and the numbers that are not finite; both are
 * written as tagged objects here, and everything else that JSON would lose silently is refused.
 */

const BYTES = '$bytes'
const NUMBER = '$number'
/** Wraps an object that has one of these names itself. */
const PLAIN = '$plain'
const TAGS = [BYTES, NUMBER, PLAIN]

/** @throws {TypeError} for values that would not come back as they are: functions, Dates, Maps, bigints … */
export const recordToText = (key: string, value: unknown): string => JSON.stringify({ key, value: tagged(value) })

/** The key and value of a text. @throws when it is damaged. */
export function recordFromText(text: string): { key: string; value: unknown } {
  const parsed: unknown = JSON.parse(text)
  if (!isObject(parsed) || typeof parsed['key'] !== 'string' || !('value' in parsed))
    throw new SyntaxError('not a record')
  return { key: parsed['key'], value: untagged(parsed['value']) }
}

/** The key of a text whose end is damaged, or null. */
export function keyOfDamaged(text: string): string | null {
  const match = /^\{"key":("(?:[^"\\]|\\.)*")/.exec(text)
  try {
    return match?.[1] === undefined ? null : String(JSON.parse(match[1]))
  } catch {
    return null
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function tagged(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : { [NUMBER]: String(value) }
  if (value instanceof Uint8Array)
    return { [BYTES]: Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64') }
  if (Array.isArray(value)) return value.map(tagged)
  if (!isObject(value)) {
    if (value === null || typeof value === 'string' || typeof value === 'boolean' || value === undefined) return value
    throw new TypeError(`a record cannot hold a ${typeof value}`)
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError(`a record cannot hold a ${value.constructor?.name ?? 'foreign object'}`)
  const plain = mapped(value, tagged)
  return TAGS.some((tag) => Object.hasOwn(value, tag)) ? { [PLAIN]: plain } : plain
}

function untagged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untagged)
  if (!isObject(value)) return value
  const [[tag, inner] = ['', undefined], ...others] = Object.entries(value)
  if (others.length === 0) {
    if (tag === BYTES && typeof inner === 'string') return new Uint8Array(Buffer.from(inner, 'base64'))
    if (tag === NUMBER && typeof inner === 'string') return Number(inner)
    if (tag === PLAIN && isObject(inner)) return mapped(inner, untagged)
  }
  return mapped(value, untagged)
}

/** `__proto__` stays an ordinary name: a record may come from anywhere. */
function mapped(object: Record<string, unknown>, change: (value: unknown) => unknown): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(object))
    Object.defineProperty(result, name, { value: change(value), enumerable: true, writable: true, configurable: true })
  return result
}
