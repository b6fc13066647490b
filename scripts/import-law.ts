/**
 * Owns the rule of who may import whom in packages/core/src; `docs/architecture.md` tells why. Prints each import that breaks it.
 * Folders are judged by where an import really leads, packages by name.
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { parseSync } from 'vite'

/** Folder → folders it may import from, besides itself. A star after a name: types only. */
const folders: Readonly<Record<string, readonly string[]>> = {
  model: [],
  ports: ['model'],
  wire: ['model', 'ports*'],
  loading: ['model', 'ports'],
  storage: ['model', 'ports'],
  transfers: ['model', 'ports', 'wire', 'loading', 'storage'],
  session: ['model', 'ports', 'wire', 'loading'],
  // The Digest scheme lies with its hashes, in the one file that is loaded when a hash is needed.
  'platform/digest': ['model', 'ports', 'loading'],
  // A platform's own schemes (opfs:, file:) answer with what loading has for all of them.
  'platform/browser': ['model', 'ports', 'loading', 'platform/digest'],
  'platform/node': ['model', 'ports', 'loading', 'platform/digest'],
}

/** Package → the files that may import it. What is not listed may not be imported at all. */
const packages: Readonly<Record<string, RegExp>> = {
  'zod/mini': /^storage\//,
  'content-disposition': /^model\//,
  comlink: /^wire\/[^/]*(host|endpoint)[^/]*\.ts$/,
  ky: /^platform\/.*transport[^/]*\.ts$/,
  'idb-keyval': /^platform\/browser\/[^/]*record[^/]*\.ts$/,
  'hash-wasm': /^platform\/digest\//,
  // S3 names a whole by the MD5 of its parts: loaded when an upload to it is completed.
  '@noble/hashes': /^(platform\/digest\/|session\/uploads\/s3-checksums\.ts$)/,
  'eventsource-parser': /^session\/event-stream\.ts$/,
  // Loaded with the first WebSocket, and by Node alone: browsers have one of their own.
  ws: /^platform\/node\/web-socket-[^/]*\.ts$/,
  'basic-ftp': /^platform\/node\/ftp-[^/]*\.ts$/,
  // Optional peers: loaded when somebody asks for what only they can do.
  socks: /^platform\/node\/proxy-tunnel\.ts$/,
  'tough-cookie': /^platform\/node\/cookie-[^/]*\.ts$/,
  'node:': /^(platform\/node\/|entries\/node\.ts$)/,
}

interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
}

/** Every breach in one file: `path` is relative to `src`, with slashes. */
export function breaches(path: string, text: string): string[] {
  return importsOf(path, text)
    .map((one) => judge(path, one))
    .filter((breach) => breach !== null)
    .map((breach) => `${path}: ${breach}`)
}

function judge(path: string, { specifier, typeOnly }: Import): string | null {
  if (!specifier.startsWith('.')) return judgePackage(path, specifier)
  const from = folderOf(path)
  const target = posix.join(dirname(path), specifier)
  const to = folderOf(target)
  if (from === null || from === to) return null
  const allowed = folders[from] ?? []
  if (to !== null && allowed.includes(to)) return null
  if (to !== null && allowed.includes(`${to}*`)) {
    return typeOnly ? null : `${from} may import only types from ${to}, but imports a value of '${specifier}'`
  }
  return `${from} may not import ${to ?? 'an entry'} ('${specifier}'); it may import ${list(allowed)}`
}

function judgePackage(path: string, specifier: string): string | null {
  const key = Object.keys(packages).find((name) => named(specifier, name))
  if (key === undefined) return `'${specifier}' is not among the packages that packages/core/src uses`
  return packages[key]?.test(path) ? null : `'${specifier}' may be imported only by files that match ${packages[key]}`
}

function named(specifier: string, name: string): boolean {
  return specifier === name || (name.endsWith(':') ? specifier.startsWith(name) : specifier.startsWith(`${name}/`))
}

/** The folder a rule speaks of, or null for entries and the list of public names, which may import everything. */
function folderOf(path: string): string | null {
  return Object.keys(folders).find((folder) => path.startsWith(`${folder}/`)) ?? unruled(path)
}

function unruled(path: string): null {
  if (path === 'index.ts' || path.startsWith('entries/')) return null
  throw new Error(`${path} lies in no folder that the import law knows; give the folder a rule.`)
}

function importsOf(path: string, text: string): Import[] {
  const { module, comments, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  const fromImports = module.staticImports.map(({ moduleRequest, entries, start }) => ({
    specifier: moduleRequest.value,
    typeOnly: text.startsWith('import type', start) || (entries.length > 0 && entries.every(({ isType }) => isType)),
  }))
  const fromExports = module.staticExports
    .flatMap(({ entries }) => entries)
    .flatMap(({ moduleRequest, isType }) =>
      moduleRequest ? [{ specifier: moduleRequest.value, typeOnly: isType }] : [],
    )
  // The parser lists no `import('…').Type`, so calls and types are read off the text, its comments blanked.
  const code = comments.reduce((rest, { start, end }) => blank(rest, start, end), text)
  const dynamic = [...code.matchAll(/\bimport\(\s*(['"])([^'"]+)\1\s*\)(\.[A-Z])?/g)].map((match) => ({
    specifier: match[2] ?? '',
    typeOnly: match[3] !== undefined,
  }))
  return [...fromImports, ...fromExports, ...dynamic]
}

function blank(text: string, start: number, end: number): string {
  return text.slice(0, start) + ' '.repeat(end - start) + text.slice(end)
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing of ours' : names.join(', ').replaceAll('*', ' (types)')
}

if (import.meta.filename === process.argv[1]) {
  const root = join(import.meta.dirname, '../packages/core/src')
  const files = globSync('**/*.ts', { cwd: root })
  const found = files.flatMap((file) => breaches(file.replaceAll('\\', '/'), readFileSync(join(root, file), 'utf8')))
  for (const breach of found) console.error(breach)
  console.log(`import law: ${files.length} files, ${found.length} breaches`)
  process.exitCode = found.length === 0 ? 0 : 1
}
