/**
 * Checks what a caller gave against a schema, at the call where it was given. Each leaf of a schema carries the
 * words for "what is allowed", so that one place composes every complaint; leaves are predicates, which keeps
 * all but the object part of zod out of a page.
 */
import * as z from 'zod/mini'
import { isFlag, isMilliseconds, isText, isWhole, type Check } from './checks.ts'

/**
 * @param where The call, as the user wrote it: `'downloadTask options'`.
 * @throws {TypeError} naming the option, what was given and what is allowed.
 */
export function checkOptions<T>(where: string, schema: z.ZodMiniType<T>, given: unknown): T {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const path = issue?.path ?? []
  if (issue?.code === 'unrecognized_keys')
    throw new TypeError(
      `${where}: unknown option "${[...path, issue.keys[0]].join('.')}"; known are ${knownKeys(schema, path)}`,
    )
  const name = path.length > 0 ? `option "${path.join('.')}"` : 'the value'
  throw new TypeError(
    `${where}: ${name} was ${shown(valueAt(given, path))}; allowed is ${issue?.message ?? 'something else'}`,
  )
}

export type Leaf<T> = z.ZodMiniOptional<z.ZodMiniCustom<T, T>>

/** A leaf of a schema. `allowed` completes the sentence "allowed is …". */
export const leaf = <T>(allowed: string, accepts: Check): Leaf<T> => z.optional(z.custom<T>(accepts, allowed))

export const yesOrNo = (): Leaf<boolean> => leaf('true or false', isFlag)

/** A number within bounds, both included. */
export const numberFrom = (from: number, to: number): Leaf<number> =>
  leaf(`a number from ${from} to ${to}`, (value) => typeof value === 'number' && value >= from && value <= to)

export const MILLISECONDS = 'a number of milliseconds above 0, at most a year'
export const milliseconds = (): Leaf<number> => leaf(MILLISECONDS, isMilliseconds)

/** A whole number within bounds, both included. */
export const wholeNumber = (from: number, to: number, what: string): Leaf<number> =>
  leaf(`a whole number of ${what} from ${from} to ${to}`, (value) => isWhole(value, from, to))

/** A text within a range of lengths. */
export const text = (from: number, to: number): Leaf<string> =>
  leaf(`a text of ${from} to ${to} characters`, (value) => isText(value, from, to))

export const choice = <const Value extends string>(...values: Value[]): Leaf<Value> =>
  leaf(`one of ${values.map((value) => `"${value}"`).join(', ')}`, (value) => values.includes(value as Value))

/** What was given, short enough for a message and never a long secret. */
function shown(value: unknown): string {
  if (typeof value === 'string') return `"${value.length > 60 ? `${value.slice(0, 57)}…` : value}" (string)`
  if (typeof value === 'function') return 'a function'
  if (value === null || typeof value !== 'object') return `${String(value)} (${typeof value})`
  return Array.isArray(value) ? 'an array' : 'an object'
}

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  )

interface Definition {
  readonly innerType?: { readonly def: Definition }
  readonly valueType?: { readonly def: Definition }
  readonly shape?: { readonly [name: string]: { readonly def: Definition } }
}

/** The names that an object of the schema, found along the path, knows. */
function knownKeys(schema: z.ZodMiniType, path: readonly PropertyKey[]): string {
  const bare = (def: Definition | undefined): Definition | undefined => (def?.innerType ? bare(def.innerType.def) : def)
  const found = path.reduce<Definition | undefined>(
    (def, key) => bare((def?.shape?.[String(key)] ?? def?.valueType)?.def),
    bare(schema.def as Definition),
  )
  return Object.keys(found?.shape ?? {})
    .toSorted()
    .join(', ')
}
