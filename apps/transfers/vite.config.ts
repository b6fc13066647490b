/** Owns how the demo is built and served: from the source of the packages beside it, so that nothing need be built first. */
import { defaultClientConditions, defineConfig } from 'vite'
import { siblingsFromSource } from '../../scripts/sibling-urls.ts'
import { demoOrigin } from './server/demo-origin.ts'
import { securityHeaders } from './server/security-headers.ts'

export default defineConfig({
  plugins: [siblingsFromSource(), demoOrigin()],
  resolve: { conditions: ['urlsession-source', ...defaultClientConditions] },
  // The engine's worker is a module and imports lazily.
  worker: { format: 'es', plugins: () => [siblingsFromSource()] },
  server: { host: '127.0.0.1', port: 5173 },
  // Development needs what the policy forbids: styles and updates by script.
  preview: { host: '127.0.0.1', port: 5173, headers: securityHeaders },
  build: {
    target: 'es2022',
    sourcemap: true,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
    // A slow machine is no news to whoever starts the demo.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
})
