/** Owns the JavaScript in `dist`, run by `node build.ts`: one file an entry. The declarations beside it come from `tsc -b`. */
import { join } from 'node:path'
import { build } from 'vite'

const entries = {
  index: 'index.ts',
  origin: 'origin/index.ts',
  contracts: 'contracts/index.ts',
  'upload-draft': 'upload-draft/index.ts',
}

await build({
  root: import.meta.dirname,
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    target: 'es2022',
    minify: false,
    reportCompressedSize: false,
    lib: {
      entry: Object.fromEntries(
        Object.entries(entries).map(([name, file]) => [name, join(import.meta.dirname, 'src', file)]),
      ),
      formats: ['es'],
      fileName: (_format, name) => `${name}.js`,
    },
    rolldownOptions: {
      external: [/^node:/, 'ws', /^urlsession($|\/)/],
      output: { chunkFileNames: 'shared-[name].js' },
    },
  },
})
