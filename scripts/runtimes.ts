/**
 * Owns the trial of the packed package in Deno and in Bun: one small program in each, against the origin that breaks connections. The
 * runtimes are no dependencies of this workspace, being 40 MB and more; in continuous integration (`CI=true`) their npm packages are
 * fetched, without running any script of theirs, and anywhere else they are used if they were. What is missing is said, and skipped.
 * Needs what check-package.ts packed.
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { deepStrictEqual } from 'node:assert'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startOrigin } from '../packages/testing/src/origin/index.ts'

interface Runtime {
  readonly name: string
  /** The npm package that holds the program for this machine. */
  readonly package: string
  readonly version: string
  /** The program in it. */
  readonly program: string
  readonly words: readonly string[]
}

const arch = process.arch
const runtimes: readonly Runtime[] = [
  {
    name: 'Deno',
    package: `@deno/${process.platform}-${arch}${process.platform === 'linux' ? '-glibc' : ''}`,
    version: '2.9.6',
    program: 'deno',
    words: ['run', '--quiet', '--node-modules-dir=manual', '--allow-all'],
  },
  {
    name: 'Bun',
    package: `@oven/bun-${process.platform}-${arch === 'arm64' ? 'aarch64' : arch}`,
    version: '1.4.5',
    program: 'bin/bun',
    words: ['run'],
  },
]

const root = join(import.meta.dirname, '..')
const cache = join(root, 'node_modules/.cache/runtimes')
const packed = join(root, 'packages/core/node_modules/.cache/packed/node_modules/urlsession')

/** Milliseconds that one program may take: it takes two seconds. */
const PATIENCE = 60_000

const failures: string[] = []
for (const runtime of runtimes) {
  const program = programOf(runtime)
  if (program === null) console.log(`skipped: ${runtime.name} ${runtime.version} (not fetched; CI=true fetches it)`)
  else await tryIn(runtime, program)
}
if (failures.length > 0) throw new Error(failures.join('\n'))

/** Where the program is; null where it is not and cannot be had. */
function programOf({ package: name, version, program }: Runtime): string | null {
  const folder = join(cache, `${name.replaceAll('/', '-')}-${version}`)
  const path = join(folder, program)
  if (existsSync(path) || process.env['CI'] !== 'true') return existsSync(path) ? path : null
  mkdirSync(folder, { recursive: true })
  try {
    execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, `${name}@${version}`], { timeout: 180_000 })
    const archive = readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? ''
    execFileSync('tar', ['-xzf', join(folder, archive), '--strip-components=1', '-C', folder])
    rmSync(join(folder, archive))
    execFileSync('chmod', ['+x', path])
    return path
  } catch (error) {
    console.log(error instanceof Error ? error.message : error)
    rmSync(folder, { recursive: true, force: true })
    return null
  }
}

async function tryIn({ name, version, words }: Runtime, program: string): Promise<void> {
  const app = appFolder()
  const origin = await startOrigin()
  const { base, hex, sri } = await files(origin)
  const child = spawn(program, [...words, 'smoke.mjs', base, join(app, 'state'), sri], {
    cwd: app,
    timeout: PATIENCE,
  })
  const said = { out: '', err: '' }
  child.stdout.on('data', (text: Buffer) => (said.out += text.toString()))
  child.stderr.on('data', (text: Buffer) => (said.err += text.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  try {
    deepStrictEqual({ code, seen: JSON.parse(said.out) as unknown }, { code: 0, seen: expected(hex) })
    console.log(`${name} ${version}: ok`)
  } catch (error) {
    failures.push(`${name} ${version}: ${error instanceof Error ? error.message : String(error)}\n${said.err}`)
  }
  await origin.stop()
  rmSync(app, { recursive: true, force: true })
}

/** An application that has the package as its dependency, packed as a release would be. */
function appFolder(): string {
  const app = mkdtempSync(join(tmpdir(), 'urlsession-app-'))
  writeFileSync(join(app, 'package.json'), '{ "type": "module", "dependencies": { "urlsession": "*" } }')
  mkdirSync(join(app, 'node_modules'))
  // A link, so that it finds its own dependencies where they are.
  symlinkSync(packed, join(app, 'node_modules/urlsession'))
  execFileSync('cp', [join(import.meta.dirname, 'runtimes/smoke.mjs'), app])
  return app
}

async function files(
  origin: Awaited<ReturnType<typeof startOrigin>>,
): Promise<{ base: string; hex: string; sri: string }> {
  origin.file('lines.txt', { body: 'one\r\n\r\ntwo\n' })
  origin.file('some.json', { body: '{"is":true}', contentType: 'application/json' })
  origin.file('small.bin', { size: 1000 })
  const broken = origin.file('broken.bin', { size: 2_000_000, seed: 5 })
  broken.nextResponses([{ cutAfter: 700_000 }])
  const { hex, sri } = await broken.sha256()
  return { base: broken.url.replace(/\/[^/]*$/, ''), hex, sri }
}

function expected(hex: string): unknown {
  return {
    data: 1000,
    json: { is: true },
    fetch: { is: true },
    lines: ['one', '', 'two'],
    download: hex,
    warnings: ['retrying'],
    refused: 'cannotConnectToHost',
    insecure: 'appTransportSecurityRequiresSecureConnection',
    mismatch: 'fileIntegrityMismatch',
  }
}
