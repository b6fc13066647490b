/** What the built demo may do, as a browser enforces it: the strictest policy under which a download manager still works. */

const policy: Readonly<Record<string, string>> = {
  'default-src': "'none'",
  // WebAssembly hashes several times faster than JavaScript; nothing else is evaluated.
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  // People download from anywhere; without TLS only from this machine.
  'connect-src': "'self' https: wss: http://127.0.0.1:* http://localhost:* ws://127.0.0.1:* ws://localhost:*",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
  // Only what src/trusted-types.ts lets through is ever run.
  'require-trusted-types-for': "'script'",
  'trusted-types': 'default',
}

export const securityHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': Object.entries(policy)
    .map(([name, value]) => `${name} ${value}`)
    .join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}
