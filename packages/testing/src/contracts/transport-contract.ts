/**
 * Owns: what every Transport promises, against a real origin.
 */
import type { ContractCase } from './cases.ts'
import { addAnswerCases } from './transport-answers.ts'
import { addEndCases } from './transport-ends.ts'
import { addFailureCases } from './transport-failures.ts'
import { type TransportHarness, collectCases } from './transport-stage.ts'

export type { TransportHarness } from './transport-stage.ts'

/** The cases. */
export function transportContract(harness: TransportHarness): ContractCase[] {
  const { cases, add } = collectCases(harness)
  addAnswerCases(add, harness.crossOrigin ?? false)
  addFailureCases(add, harness.lenientGzip ?? false)
  addEndCases(add)
  return cases
}
