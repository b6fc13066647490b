/**
 * Owns what is published: packs `urlsession` as a release would, and has publint, attw and a TypeScript user judge the packed files.
 * Also proves that what only the workspace uses (the condition that leads to the source) stays at home. Needs a build.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../packages/core')
// Inside the package, so that the packed copy finds the dependencies that a user's install would give it.
const scratch = join(folder, 'node_modules/.cache/packed')
const packed = join(scratch, 'node_modules/urlsession')

rmSync(scratch, { recursive: true, force: true })
mkdirSync(packed, { recursive: true })

run('pnpm', ['pack', '--pack-destination', scratch], folder)
const archive = join(scratch, readdirSync(scratch).find((name) => name.endsWith('.tgz')) ?? '')
run('tar', ['-xzf', archive, '--strip-components=1', '-C', packed], scratch)
checkManifest()
checkContents()
run('publint', [packed, '--pack', 'false', '--strict'], scratch)
run('attw', ['--profile', 'esm-only', '--no-emoji', archive], scratch)
compileAsAUser()

function checkManifest(): void {
  const text = readFileSync(join(packed, 'package.json'), 'utf8')
  if (text.includes('urlsession-source')) throw new Error('The packed package.json still leads to the source.')
  const { exports: given } = JSON.parse(text) as { exports: unknown }
  const own = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { exports: Record<string, unknown> }
  if (JSON.stringify(given) !== JSON.stringify(withoutSource(own.exports))) {
    throw new Error('publishConfig.exports and exports differ in more than the source condition.')
  }
  const missing = targets(given).filter((target) => !existsSync(join(packed, target)))
  if (missing.length > 0) throw new Error(`The package exports what is not in it: ${missing.join(', ')}.`)
}

function checkContents(): void {
  const strays = readdirSync(packed, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(\.tsbuildinfo|\.d\.ts\.map)$|^src/.test(name),
  )
  if (strays.length > 0) throw new Error(`The package holds what it should not: ${strays.join(', ')}.`)
}

/** Declarations must hold for a page's author who checks them: with the page's types only, and none skipped. */
function compileAsAUser(): void {
  writeFileSync(join(scratch, 'user.ts'), `export * from 'urlsession'\n`)
  const options = [
    '--strict',
    '--noEmit',
    '--target',
    'es2022',
    '--lib',
    'es2024,esnext.disposable,dom,dom.iterable,dom.asynciterable',
  ]
  run('tsc', [...options, '--types', '', '--module', 'preserve', '--ignoreConfig', 'user.ts'], scratch)
  run('tsc', [...options, '--types', '', '--module', 'nodenext', '--ignoreConfig', 'user.ts'], scratch)
}

function withoutSource(given: Record<string, unknown>): unknown {
  return JSON.parse(JSON.stringify(given, (key, value: unknown) => (key === 'urlsession-source' ? undefined : value)))
}

function targets(given: unknown): string[] {
  return typeof given === 'string' ? [given] : Object.values(given as object).flatMap(targets)
}

function run(command: string, words: string[], cwd: string): void {
  execFileSync(command, words, { cwd, stdio: 'inherit' })
}
