/** Small questions about values that came from outside: the leaves of every schema. */
export type Check = (value: unknown) => boolean

export const isWhole = (value: unknown, from: number, to: number): boolean =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to

/** A number of bytes, or of anything else. */
export const isCount: Check = (value) => isWhole(value, 0, Number.MAX_SAFE_INTEGER)
export const isNumber: Check = (value) => typeof value === 'number' && !Number.isNaN(value)
export const isString = (value: unknown): value is string => typeof value === 'string'
export const isFunction: Check = (value) => typeof value === 'function'
export const isFlag: Check = (value) => typeof value === 'boolean'

export const isText = (value: unknown, from: number, to: number): value is string =>
  typeof value === 'string' && value.length >= from && value.length <= to

/** Any text of a sane length. */
export const isLine: Check = (value) => isText(value, 0, 65_536)
/** What HTTP calls a token (RFC 9110 §5.6.2): methods, names of headers, subprotocols. */
export const isToken = (value: unknown): value is string =>
  isString(value) && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(value)
/** A name of a transfer or a file. */
export const isUid: Check = (value) => typeof value === 'string' && /^[0-9a-z-]{8,64}$/.test(value)
export const isPair: Check = (value) => Array.isArray(value) && value.length === 2 && value.every(isLine)

export const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)

export const listOf =
  (check: Check, longest = 1000): Check =>
  (value) =>
    Array.isArray(value) && value.length <= longest && value.every(check)

export const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value)

/** A field of what may be no object at all. */
export const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

/** What each field must be; a field that is not named may be anything. */
export type Fields = { readonly [name: string]: Check }

/** The first field of an object that is not what it must be, or null. Only its own fields count. */
export function faultIn(fields: Fields, value: object): string | null {
  const faulty = ([name, check]: [string, Check]): boolean =>
    !check(Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined)
  return Object.entries(fields).find(faulty)?.[0] ?? null
}

/** An object with these fields. */
export const shape =
  (fields: Fields): Check =>
  (value) =>
    typeof value === 'object' && value !== null && faultIn(fields, value) === null

/** More than 0 and at most a year: longer ones overflow timers and mean a mistake. */
export const isMilliseconds: Check = (value) =>
  isNumber(value) && (value as number) > 0 && (value as number) <= 31_536_000_000
