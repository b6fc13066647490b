/** One command for the whole demo: builds it, serves it with its local origin, and prints where. */
import { styleText } from 'node:util'
import { build, preview } from 'vite'
import { whereabouts } from './server/demo-origin.ts'

const root = import.meta.dirname

process.stdout.write('Building the demo …\n')
await build({ root, logLevel: 'warn' })
const server = await preview({ root, logLevel: 'warn' })

// Else what was uploaded would stay in the temporary directory.
process.once('SIGINT', () => process.exit(130))

const page = server.resolvedUrls?.local[0] ?? 'http://127.0.0.1:5173/'
const origin = (await (await fetch(new URL(whereabouts, page))).json()) as { url: string }

process.stdout.write(`
  ${styleText('bold', 'Transfers')}   ${styleText(['bold', 'cyan'], page)}   ← open this in a browser
  Origin      ${origin.url}    the files to try it on, and their faults

  Ctrl+C stops all. Unfinished downloads go on when you start again and open the page; files that were uploaded are forgotten.
`)
