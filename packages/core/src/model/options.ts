/**
 * Checks what a caller gave, at the call where it was given. Each leaf carries the words for "what is allowed", so that one place
 * composes every complaint.
 */
import { isFlag, isMilliseconds, isText, isWhole, type Check } from './checks.ts'

/** One option: `allowed` completes the sentence "allowed is …". */
export interface Leaf {
  readonly allowed: string
  readonly accepts: Check
  /** True for what must not be shown, also where it is wrong. */
  readonly secret?: boolean
}

/** Options within an option. */
export interface Group {
  readonly allowed: string
  readonly fields: Fields
}

/** What is known by name; all of it may be left out. */
export type Fields = { readonly [name: string]: Leaf | Group }

/**
 * A copy of the options, as deep as the groups are.
 * @param where The call, as the user wrote it: `'downloadTask options'`.
 * @throws {TypeError} naming the option, what was given and what is allowed.
 */
export function checkOptions(where: string, fields: Fields, given: unknown): Record<string, unknown> {
  return checkGroup(where, { allowed: 'an object of options', fields }, given, [])
}

function checkGroup(
  where: string,
  { allowed, fields }: Group,
  given: unknown,
  path: string[],
): Record<string, unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw complaint(where, path, given, allowed)
  const checked: Record<string, unknown> = {}
  for (const name in given) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    const value: unknown = Reflect.get(given, name)
    const at = [...path, name]
    if (!field)
      throw new TypeError(
        `${where}: unknown option "${at.join('.')}"; known are ${Object.keys(fields).toSorted().join(', ')}`,
      )
    if (value === undefined) continue
    if ('fields' in field) checked[name] = checkGroup(where, field, value, at)
    else if (field.accepts(value)) checked[name] = value
    else throw complaint(where, at, field.secret ? HIDDEN : value, field.allowed)
  }
  return checked
}

const HIDDEN = Symbol('something else')

function complaint(where: string, path: readonly string[], given: unknown, allowed: string): TypeError {
  const name = path.length > 0 ? `option "${path.join('.')}"` : 'the value'
  return new TypeError(`${where}: ${name} was ${shown(given)}; allowed is ${allowed}`)
}

/** True for options of these fields. */
export function fits(fields: Fields, value: unknown): boolean {
  try {
    checkOptions('', fields, value)
    return true
  } catch {
    return false
  }
}

export const leaf = (allowed: string, accepts: Check): Leaf => ({ allowed, accepts })
export const secret = (allowed: string, accepts: Check): Leaf => ({ allowed, accepts, secret: true })
/** @param before Said before its fields. @param after Said behind them. */
export const group = (fields: Fields, before: string = '', after: string = ''): Group => ({
  allowed: `${before}{ ${Object.keys(fields).join(', ')} }${after}`,
  fields,
})

export const yesOrNo = (): Leaf => leaf('true or false', isFlag)

/** A number within bounds, both included. */
export const numberFrom = (from: number, to: number): Leaf =>
  leaf(`a number from ${from} to ${to}`, (value) => typeof value === 'number' && value >= from && value <= to)

export const MILLISECONDS = 'a number of milliseconds above 0, at most a year'
export const milliseconds = (): Leaf => leaf(MILLISECONDS, isMilliseconds)

/** A whole number within bounds, both included. */
export const wholeNumber = (from: number, to: number, what: string): Leaf =>
  leaf(`a whole number of ${what} from ${from} to ${to}`, (value) => isWhole(value, from, to))

/** A text within a range of lengths. */
export const text = (from: number, to: number): Leaf =>
  leaf(`a text of ${from} to ${to} characters`, (value) => isText(value, from, to))

export const choice = (...values: readonly string[]): Leaf =>
  leaf(`one of ${values.map((value) => `"${value}"`).join(', ')}`, (value) => values.includes(value as string))

/**
 * Options for each of several domains.
 * @param each What is allowed for one. @param required The option that none may lack.
 */
export const byDomain = (each: string, fields: Fields, required?: string): Leaf =>
  leaf(
    `an object of lower-case domains without scheme, port or wildcard, each ${each}`,
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      Object.entries(value).every(
        ([domain, one]: [string, object]) =>
          /^[a-z0-9.:[\]-]+$/.test(domain) && fits(fields, one) && (!required || required in one),
      ),
  )

/** What was given, short enough for a message and never a long secret. */
function shown(value: unknown): string {
  if (value === HIDDEN) return 'something else'
  if (typeof value === 'string') return `"${value.length > 60 ? `${value.slice(0, 57)}…` : value}" (string)`
  if (typeof value === 'function') return 'a function'
  if (value === null || typeof value !== 'object') return `${String(value)} (${typeof value})`
  return Array.isArray(value) ? 'an array' : 'an object'
}
