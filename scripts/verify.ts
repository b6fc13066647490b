/** `npm test`: everything, from formatting to the demo in a real browser. */
import { allChecks } from './checks.ts'
import { runSteps } from './steps.ts'

await runSteps(allChecks)
