/**
 * Owns which Debian packages tests of real servers want. In continuous integration (`CI=true`, as root, where there is apt-get) those that
 * are missing are installed; anywhere else nothing is, and what will be skipped is said. Never fails: a test without its server is skipped.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findProgram } from '../packages/core/test/support/servers/server.ts'

interface Wanted {
  /** Debian's name. */
  readonly name: string
  /** What is skipped without it. */
  readonly tests: string
  isThere(): boolean
}

const modules = '/usr/lib/python3/dist-packages'

/** One entry a package; a test that wants another server adds it here. */
const wanted: readonly Wanted[] = [
  { name: 'nginx', tests: 'downloads from nginx', isThere: () => findProgram('nginx') !== null },
  {
    name: 'libnginx-mod-http-brotli-filter',
    tests: 'downloads that nginx compresses by brotli',
    isThere: () => existsSync('/usr/lib/nginx/modules/ngx_http_brotli_filter_module.so'),
  },
  { name: 'python3-httpbin', tests: 'downloads from httpbin', isThere: () => existsSync(`${modules}/httpbin`) },
  {
    name: 'python3-websockets',
    tests: 'WebSockets to a server in Python',
    isThere: () => existsSync(`${modules}/websockets`),
  },
  ...['tinyproxy', 'squid', 'microsocks'].map((name) => ({
    name,
    tests: `requests by way of ${name}`,
    isThere: () => findProgram(name) !== null,
  })),
  { name: 'gunicorn', tests: 'downloads from httpbin', isThere: () => existsSync(`${modules}/gunicorn`) },
]

/** Ten minutes would be a mirror that hangs. */
const patience = 180_000

const missing = (): readonly Wanted[] => wanted.filter((one) => !one.isThere())

function mayInstall(): boolean {
  const isRoot = process.getuid?.() === 0
  return process.env['CI'] === 'true' && isRoot && findProgram('apt-get') !== null
}

function install(names: readonly string[]): void {
  const command = ['install', '-y', '--no-install-recommends']
  if (run([...command, ...names])) return
  run(['update'])
  if (run([...command, ...names])) return
  // One that is not to be had takes the others with it.
  for (const name of names) run([...command, name])
}

function run(words: readonly string[]): boolean {
  console.log(`$ apt-get ${words.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync('apt-get', words, { stdio: ['ignore', 'ignore', 'inherit'], env, timeout: patience }).status === 0
}

if (missing().length > 0 && mayInstall()) install(missing().map(({ name }) => name))
for (const { name, tests } of missing()) console.log(`skipped: ${tests} (${name} is not installed)`)
