/** Owns counting what is on Node's heap by its kind: what nobody holds any more is collected first. */
import { setImmediate as turn } from 'node:timers/promises'
import { queryObjects } from 'node:v8'

/** Classes by the name that a failure shows. Constructors may be private. */
export type Kinds = Readonly<Record<string, { readonly prototype: object }>>
export type Counts = Readonly<Record<string, number>>

export const counted = (kinds: Kinds): Counts =>
  Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [name, queryObjects(kind as typeof Object, { format: 'count' })]),
  )

/** What there are more of than there were, once no more of it goes. */
export async function grown(before: Counts, kinds: Kinds): Promise<string[]> {
  const more = (): string[] =>
    Object.entries(counted(kinds))
      .filter(([name, count]) => count > (before[name] ?? 0))
      .map(([name, count]) => `${name}: ${count} > ${before[name]}`)
  let [last, now] = [[''], more()]
  while (now.length > 0 && String(now) !== String(last)) {
    await turn()
    ;[last, now] = [now, more()]
  }
  return now
}
