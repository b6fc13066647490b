/**
 * Owns how `new URL('./worker.js', import.meta.url)` and its like are treated. In our source such an expression names a *built*
 * file beside the built file, and other people's bundlers look for it in exactly that form; so it must reach `dist` untouched
 * (`keepSiblingURLs`), and must mean the TypeScript source while nothing is built (`siblingsFromSource`).
 */
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

/** Built file name → its source. */
const sources: Readonly<Record<string, string>> = {
  'worker.js': source('entries/worker.ts'),
  'digest.js': source('platform/digest/index.ts'),
  'upload.js': source('entries/browser-uploads.ts'),
}

/** `import(new URL('./x.js', import.meta.url).href)` with or without comments, or only its `new URL(…)`. */
const siblingImport = String.raw`import\(\s*(?:\/\*[^*]*\*\/\s*)*new URL\(\s*['\"]\.\/([\w-]+\.js)['\"],\s*import\.meta\.url,?\s*\)\.href,?\s*\)`
const siblingURL = String.raw`new URL\(\s*['\"]\.\/([\w-]+\.js)['\"],\s*import\.meta\.url,?\s*\)`
const either = new RegExp(`${siblingImport}|${siblingURL}`, 'g')
const anywhere = /new URL\(\s*['"]\.\/[\w-]+\.js['"],\s*import\.meta\.url/

/** What must stand in the built file: the comments keep Vite and webpack from following a module that is to load as it is. */
function literal(imported: string | undefined, referred: string | undefined): string {
  const url = `new URL("./${imported ?? referred}", import.meta.url)`
  return imported === undefined ? url : `import(/* @vite-ignore */ /* webpackIgnore: true */ ${url}.href)`
}

/** Hides each expression from the bundler behind a name of equal length, so that source maps stay exact, and puts it back at the end. */
export function keepSiblingURLs(): Plugin {
  const kept = new Map<string, string>()
  return {
    name: 'keep-sibling-urls',
    enforce: 'pre',
    transform: {
      filter: { code: anywhere },
      handler(code) {
        const hidden = code.replace(either, (_all, imported?: string, referred?: string) => {
          const text = literal(imported, referred)
          const name = `__sibling${kept.size}_`.padEnd(text.length, '_')
          kept.set(name, text)
          return name
        })
        return { code: hidden, map: null }
      },
    },
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue
        for (const [name, text] of kept) file.code = file.code.replaceAll(name, text)
      }
    },
  }
}

/**
 * Points each expression at the TypeScript source: for development servers, tests, and the build that has everything in one file.
 * `only: 'imports'` leaves what is not imported (the worker) to stand as it is.
 */
export function siblingsFromSource({ only }: { only?: 'imports' } = {}): Plugin {
  return {
    name: 'siblings-from-source',
    enforce: 'pre',
    transform: {
      filter: { code: anywhere },
      handler(code) {
        const headings = new Map<string, string>()
        const pointed = code.replace(either, (all, imported?: string, referred?: string, offset: number = 0) => {
          const path = sources[imported ?? referred ?? '']
          if (path === undefined) return all
          if (imported !== undefined) return `import(${JSON.stringify(path)})`
          if (only === 'imports') return all
          // Vite makes a worker only of the whole `new Worker(new URL(…))`; elsewhere the URL alone would be that of the TypeScript text.
          if (/new Worker\(\s*$/.test(code.slice(0, offset))) return `new URL(${JSON.stringify(path)}, import.meta.url)`
          const name = `__${(referred ?? '').replace('.js', '')}URL`
          headings.set(name, `import ${name} from ${JSON.stringify(`${path}?worker&url`)}\n`)
          return `new URL(${name}, import.meta.url)`
        })
        return { code: [...headings.values(), pointed].join(''), map: null }
      },
    },
  }
}

function source(path: string): string {
  return fileURLToPath(new URL(`../packages/core/src/${path}`, import.meta.url))
}
