/** A function's way into a page and its value's way out: engines agree on nothing but expressions and strings. */
import type { Evaluate } from './browser.ts'

type Outcome = { readonly value?: unknown } | { readonly error: string }

/** @param execute Evaluates an expression whose value is a promise of a string. */
export function evaluator(execute: (expression: string) => Promise<string>): Evaluate {
  return async <Value, Argument>(run: (argument: Argument) => Value | Promise<Value>, argument?: Argument) => {
    const call = `(${run.toString()})(${JSON.stringify(argument) ?? ''})`
    const caught = `(error) => JSON.stringify({ error: error instanceof Error ? String(error) + '\\n' + error.stack : String(error) })`
    const expression = `(async () => JSON.stringify({ value: await ${call} }))().catch(${caught})`
    const outcome = JSON.parse(await execute(expression)) as Outcome
    if ('error' in outcome) throw new Error(`in the page: ${outcome.error}`)
    return outcome.value as Value
  }
}
