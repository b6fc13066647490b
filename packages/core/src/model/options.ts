/**
 * Checks what a caller gave against a schema, at the call where it was given. The schemas carry the
 * words for "what is allowed" as their error texts, so that one place composes every complaint.
 */
import * as z from 'zod/mini'

/**
 * @param where The call, as the user wrote it: `'downloadTask options'`.
 * @throws {TypeError} naming the option, what was given and what is allowed.
 */
export function checkOptions<T>(where: string, schema: z.ZodMiniType<T>, given: unknown): T {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  if (issue?.code === 'unrecognized_keys') {
    const place = [...issue.path, issue.keys[0]].join('.')
    const known = knownKeys(schema, issue.path)
    throw new TypeError(
      `${where}: unknown option "${place}"${known.length > 0 ? `; known are ${known.join(', ')}` : ''}`,
    )
  }
  const path = issue?.path ?? []
  const name = path.join('.')
  throw new TypeError(
    `${where}: ${name ? `option "${name}"` : 'the value'} was ${shown(valueAt(given, path))}; allowed is ${issue?.message ?? 'something else'}`,
  )
}

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

function knownKeys(schema: unknown, path: readonly PropertyKey[]): string[] {
  let def = (schema as { def?: Record<string, unknown> }).def
  for (const key of ['', ...path]) {
    while (def && 'innerType' in def) def = (def['innerType'] as { def: Record<string, unknown> }).def
    if (key !== '') {
      const shape = def?.['shape'] as Record<string, { def: Record<string, unknown> }> | undefined
      def = shape?.[String(key)]?.def
      while (def && 'innerType' in def) def = (def['innerType'] as { def: Record<string, unknown> }).def
    }
  }
  return Object.keys((def?.['shape'] as object | undefined) ?? {}).toSorted()
}

/** A milliseconds value: more than 0, at most a year (longer ones overflow timers and mean a mistake). */
export const milliseconds = (): z.ZodMiniNumber => {
  const say = 'a number of milliseconds above 0, at most a year'
  return z.number(say).check(z.gt(0, say), z.lte(31_536_000_000, say))
}

/** A whole number within bounds, both included. */
export const wholeNumber = (from: number, to: number, what: string): z.ZodMiniNumber => {
  const say = `${what}: a whole number from ${from} to ${to}`
  return z.number(say).check(z.multipleOf(1, say), z.gte(from, say), z.lte(to, say))
}
