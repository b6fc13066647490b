/**
 * Owns: what a contract is: a list of named cases, for any test runner, and the few assertions they need.
 */

/** One promise of a port, checked. Rejects when it is not kept. */
export interface ContractCase {
  readonly name: string
  readonly run: () => Promise<void>
}

/** Registers every case as a test with `register`: the `test` or `it` of any runner. */
export function runContract(
  register: (name: string, run: () => Promise<void>) => unknown,
  cases: readonly ContractCase[],
): void {
  for (const { name, run } of cases) register(name, run)
}

/** Throws unless `truth`. */
export function check(truth: boolean, what: string): asserts truth {
  if (!truth) throw new Error(what)
}

/** Throws unless both are equal, arrays and plain objects by their content. */
export function same(actual: unknown, expected: unknown, what: string): void {
  if (!equal(actual, expected)) throw new Error(`${what}: expected ${show(expected)}, got ${show(actual)}`)
}

/** Throws unless the bytes are equal; names the first that differs. */
export function sameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  if (actual.length !== expected.length)
    throw new Error(`${what}: expected ${expected.length} bytes, got ${actual.length}`)
  const at = actual.findIndex((byte, i) => byte !== expected[i])
  if (at >= 0) throw new Error(`${what}: byte ${at} is ${actual[at]}, expected ${expected[at]}`)
}

/** What `promise` rejects with; throws when it resolves. */
export async function rejection(promise: Promise<unknown> | (() => unknown), what: string): Promise<unknown> {
  try {
    await (typeof promise === 'function' ? promise() : promise)
  } catch (error) {
    return error
  }
  throw new Error(`${what}: it did not fail`)
}

/** Throws unless `error` is a URLError with one of `codes`. */
export function isURLError(error: unknown, codes: readonly string[], what: string): void {
  const branded = typeof error === 'object' && error !== null && Symbol.for('urlsession.URLError') in error
  const code: unknown = branded ? Reflect.get(error, 'code') : undefined
  if (!branded || !codes.includes(String(code))) {
    throw new Error(
      `${what}: expected a URLError with code ${codes.join(' or ')}, got ${branded ? `code ${String(code)}` : show(error)}`,
      { cause: error },
    )
  }
}

function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b) && Array.isArray(a) !== Array.isArray(b)) return false
  const [keysOfA, keysOfB] = [Object.keys(a), Object.keys(b)]
  return (
    keysOfA.length === keysOfB.length &&
    keysOfA.every((key) => Object.hasOwn(b, key) && equal(Reflect.get(a, key), Reflect.get(b, key)))
  )
}

function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value))
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
