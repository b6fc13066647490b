/** The package as a bundler serves it, to be put on any page: built once by each process that asks. */
import { join } from 'node:path'
import { build } from 'vite'
import { appModule } from './app.ts'
import { makeApp } from './packed.ts'

let built: Promise<string> | null = null

/** The folder with `app.js`, the worker and the digests. */
export function builtApp(): Promise<string> {
  built ??= buildApp()
  return built
}

async function buildApp(): Promise<string> {
  const root = makeApp(`ladder-${process.pid}`, { 'app.js': appModule('globalThis.engine') })
  const input = join(root, 'app.js')
  const output = { entryFileNames: 'app.js' }
  await build({ root, base: './', configFile: false, logLevel: 'warn', build: { rolldownOptions: { input, output } } })
  return join(root, 'dist')
}
