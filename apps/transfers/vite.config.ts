/** Owns how the demo is built and served: from the source of the packages beside it, so that nothing need be built first. */
import { defaultClientConditions, defineConfig } from 'vite'
import { siblingsFromSource } from '../../scripts/sibling-urls.ts'

export default defineConfig({
  plugins: [siblingsFromSource()],
  resolve: { conditions: ['urlsession-source', ...defaultClientConditions] },
  // The engine's worker is a module and imports lazily.
  worker: { format: 'es', plugins: () => [siblingsFromSource()] },
  server: { host: '127.0.0.1', port: 5173 },
  build: { target: 'es2022', sourcemap: true, reportCompressedSize: false },
})
