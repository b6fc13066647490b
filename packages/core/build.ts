/**
 * Owns the JavaScript in `dist`, run by `node build.ts`. The declarations beside it come from `tsc -b`.
 * What each file is for: `index` pages, `node` Node, Deno and Bun (both leave npm packages outside); `worker`, `digest`, `upload` and
 * `urlsession` stand alone, so that they can be copied and served as they are.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'
import { minify } from 'terser'
import type { InlineConfig, Plugin, Rolldown } from 'vite'
import { keepSiblingURLs, siblingsFromSource } from '../../scripts/sibling-urls.ts'
import manifest from './package.json' with { type: 'json' }

type Shape = 'for a bundler' | 'for Node' | 'standing alone' | 'all in one'

interface Output {
  readonly name: string
  readonly entry: string
  readonly shape: Shape
}

const outputs: readonly Output[] = [
  { name: 'index', entry: 'entries/browser.ts', shape: 'for a bundler' },
  { name: 'node', entry: 'entries/node.ts', shape: 'for Node' },
  { name: 'ports', entry: 'entries/ports.ts', shape: 'for a bundler' },
  { name: 'worker', entry: 'entries/worker.ts', shape: 'standing alone' },
  { name: 'digest', entry: 'platform/digest/index.ts', shape: 'standing alone' },
  { name: 'upload', entry: 'entries/browser-uploads.ts', shape: 'standing alone' },
  { name: 'urlsession', entry: 'entries/cdn.ts', shape: 'all in one' },
]

/** What an app's own node_modules give. */
const packages = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })

/** `source` and `outDir` are for trials of the build itself. */
export async function buildPackage(
  source: string = join(import.meta.dirname, 'src'),
  outDir: string = join(import.meta.dirname, 'dist'),
): Promise<void> {
  removeScripts(outDir)
  for (const output of outputs) await build(configuration(output, source, outDir))
}

function configuration({ name, entry, shape }: Output, source: string, outDir: string): InlineConfig {
  const alone = shape === 'standing alone' || shape === 'all in one'
  return {
    root: import.meta.dirname,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    plugins: [
      // An app's bundler is to know of them as well: in a service worker, which loads nothing once it runs, it has to have them inside.
      ...(shape === 'all in one' || shape === 'for a bundler' ? [siblingsFromSource({ only: 'imports' })] : []),
      ...(alone ? [squeeze()] : []),
      keepSiblingURLs(),
    ],
    build: {
      outDir,
      emptyOutDir: false,
      target: 'es2022',
      sourcemap: true,
      minify: false,
      reportCompressedSize: false,
      lib: { entry: { [name]: join(source, entry) }, formats: ['es'], fileName: (_format, file) => `${file}.js` },
      rolldownOptions: {
        external: alone ? [] : [...packages.map(packageNamed), /^node:/],
        output: {
          // Library mode alone leaves ES output with all its whitespace.
          minify: alone,
          ...(alone && { comments: { legal: true, annotation: false, jsdoc: false } }),
          chunkFileNames: `${name}-[name].js`,
          codeSplitting: shape === 'for a bundler' && {
            groups: [{ name: neededAtOnce(join(source, entry)), debugName: 'at once' }],
          },
        },
      },
    },
  }
}

/**
 * Puts what an entry imports statically into one chunk, whoever else imports it later: an app's bundler makes of each of our files
 * at least one of its own, and a page waits for all of these. What is only offered by name stays apart, for a page that does without.
 */
function neededAtOnce(entry: string): Rolldown.CodeSplittingNameFunction {
  const needed = new Set([entry])
  return (id, graph) => {
    for (const one of needed)
      for (const imported of graph.getModuleInfo(one)?.importedIds ?? [])
        if (!imported.endsWith('/public.ts')) needed.add(imported)
    return needed.has(id) && id !== entry ? 'at-once' : null
  }
}

/** Takes some more per cent off what is loaded as it is; before the sibling URLs are put back, whose form must not change. */
function squeeze(): Plugin {
  return {
    name: 'squeeze',
    enforce: 'pre',
    async generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue
        const { code, map } = await minify(file.code, {
          module: true,
          ecma: 2022,
          compress: { passes: 3, keep_fargs: false, pure_getters: true },
          format: { comments: 'some' },
          sourceMap: { content: file.map as never, asObject: true },
        })
        file.code = code ?? file.code
        file.map = (map as typeof file.map | undefined) ?? file.map
      }
    },
  }
}

function packageNamed(name: string): RegExp {
  return new RegExp(`^${name.replaceAll('.', String.raw`\.`)}($|/)`)
}

/** Only scripts: `types` beside them belongs to `tsc -b`, which does not notice when its output goes. */
function removeScripts(outDir: string): void {
  if (!existsSync(outDir)) return
  for (const file of readdirSync(outDir)) if (/\.js(\.map)?$/.test(file)) rmSync(join(outDir, file))
}

if (import.meta.filename === process.argv[1]) await buildPackage()
