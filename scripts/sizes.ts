/**
 * Owns how big the product may be. Measures what a user's browser loads: the page's part as an app bundles it, npm packages
 * included, and the files that are served as built. Also proves that the page's part holds nothing of the engine. Needs a build.
 */
import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { type Rolldown, build } from 'vite'
import { keepSiblingURLs } from './sibling-urls.ts'

interface Measured {
  readonly name: string
  readonly code: string
  /** In kB (1000 bytes) after gzip. */
  readonly budget?: number
}

const core = join(import.meta.dirname, '../packages/core')
const dist = join(core, 'dist')
const budgets = { page: 20.5, worker: 30.5 }
/** What an app has that uses all kinds of tasks: a bundler leaves out of its page what it does not name. */
const app: Rolldown.Plugin = {
  name: 'an-app',
  resolveId: (id) => (id.endsWith('an-app') ? '\0an-app' : null),
  load: (id) =>
    id === '\0an-app'
      ? `export { SessionConfiguration, URLError, URLSession } from ${JSON.stringify(join(dist, 'index.js'))}`
      : null,
}

const engineFolders = /^src\/(transfers|storage)\//

const chunks = await bundleAsAnApp()
const page = loadedAtOnce(chunks)
const strays = page
  .flatMap(({ moduleIds }) => moduleIds)
  .flatMap(sourcesOf)
  .filter((path) => engineFolders.test(path))

const measured: Measured[] = [
  { name: 'page (bundled by an app)', code: page.map(({ code }) => code).join('\n'), budget: budgets.page },
  ...chunks
    .filter((chunk) => !page.includes(chunk))
    .map(({ fileName, code }) => ({ name: `  later: ${fileName}`, code })),
  { name: 'worker.js', code: built('worker.js'), budget: budgets.worker },
  { name: 'digest.js', code: built('digest.js') },
  { name: 'upload.js', code: built('upload.js') },
  { name: 'urlsession.js (all in one)', code: built('urlsession.js') },
]

const overspent = measured.map(report).filter(Boolean).length
for (const stray of new Set(strays)) console.error(`The page's part contains ${stray}, which belongs to the engine.`)
process.exitCode = overspent > 0 || strays.length > 0 ? 1 : 0

/** One line of the table; true when over budget. */
function report({ name, code, budget }: Measured): boolean {
  const bytes = Buffer.from(code)
  const gzip = gzipSync(bytes, { level: 9 }).length
  const over = budget !== undefined && gzip > budget * 1000
  const cells = [bytes.length, gzip, brotliCompressSync(bytes).length].map((size) =>
    `${(size / 1000).toFixed(1)} kB`.padStart(10),
  )
  const verdict = budget === undefined ? '' : `  ${over ? 'OVER' : 'within'} ${budget} kB gzip: ${gzip} bytes`
  console.log(`${name.padEnd(44)}${cells.join('')}${verdict}`)
  return over
}

async function bundleAsAnApp(): Promise<Rolldown.OutputChunk[]> {
  const result = await build({
    root: core,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    plugins: [keepSiblingURLs(), app],
    build: {
      write: false,
      target: 'es2022',
      reportCompressedSize: false,
      lib: { entry: { page: 'an-app' }, formats: ['es'] },
      rolldownOptions: { output: { minify: true, chunkFileNames: '[name].js' } },
    },
  })
  const outputs = [result].flat() as Rolldown.RolldownOutput[]
  return outputs.flatMap(({ output }) => output).filter((file) => file.type === 'chunk')
}

/** The entry and all it imports statically: what an app waits for. */
function loadedAtOnce(all: readonly Rolldown.OutputChunk[]): Rolldown.OutputChunk[] {
  const wanted = new Set(all.filter(({ isEntry }) => isEntry))
  for (const { imports } of wanted) {
    for (const chunk of all) if (imports.includes(chunk.fileName)) wanted.add(chunk)
  }
  return [...wanted]
}

/** The source files a built file was made of, by its source map, relative to the package. */
function sourcesOf(file: string): string[] {
  if (!file.startsWith(dist)) return []
  const { sources } = JSON.parse(readFileSync(`${file}.map`, 'utf8')) as { sources: string[] }
  return sources.map((path) => relative(core, resolve(dirname(file), path)).replaceAll('\\', '/'))
}

function built(name: string): string {
  return readFileSync(join(dist, name), 'utf8')
}
