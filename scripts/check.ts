/** `pnpm check`: the fast loop, everything that needs no browser. */
import { fastChecks } from './checks.ts'
import { runSteps } from './steps.ts'

await runSteps(fastChecks)
