/** The records of every version, as they were stored; bytes stand in the JSON as `{ "$bytes": base64 }`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../fixtures')

const withBytes = (_key: string, value: unknown): unknown => {
  const text: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, '$bytes') : undefined
  return typeof text === 'string' ? Uint8Array.from(atob(text), (char) => char.charCodeAt(0)) : value
}

/** One stored record. */
export const fixture = (version: string, name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, version, `${name}.json`), 'utf8'), withBytes) as Record<string, unknown>

export const fixtures = (version: string): string[] =>
  readdirSync(join(folder, version)).map((file) => file.replace(/\.json$/, ''))
