/** Asks the AWS SDK, which runs in a process of its own, from the first order to the end of the test file. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import type { AWSOrder, AWSOutcome } from './aws-sdk-process.ts'

let child: ChildProcess | null = null
let count = 0

afterAll(() => child?.kill())

/** @throws with the `name` that the SDK's error has. */
export function aws(
  order: Omit<AWSOrder, 'number' | 'presign'> & { presign?: boolean },
): Promise<Record<string, unknown>> {
  const program = fileURLToPath(new URL('./aws-sdk-process.ts', import.meta.url))
  // Not with this process's conditions of resolution, for which it is in another process.
  const running = (child ??= fork(program, [], { execArgv: [], serialization: 'advanced' }))
  const number = ++count
  return new Promise((resolve, reject) => {
    const listen = (outcome: AWSOutcome): void => {
      if (outcome.number !== number) return
      running.off('message', listen)
      running.off('exit', end)
      if ('error' in outcome) reject(Object.assign(new Error(outcome.error), { name: outcome.error }))
      else resolve(outcome.output)
    }
    running.on('message', listen)
    const end = (): void => reject(new Error('the process with the AWS SDK ended'))
    running.once('exit', end)
    running.send({ presign: false, ...order, number } satisfies AWSOrder)
  })
}
