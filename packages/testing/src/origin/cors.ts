/**
 * Owns: what a page on another origin is allowed to see, and the answers to preflights.
 */
import type { CorsMode } from './vocabulary.ts'

const exposed = [
  'Accept-Ranges',
  'Authentication-Info',
  'Content-Disposition',
  'Content-Encoding',
  'Content-Length',
  'Content-Range',
  'ETag',
  'Location',
  'Retry-After',
  'Upload-Complete',
  'Upload-Length',
  'Upload-Limit',
  'Upload-Offset',
  'WWW-Authenticate',
].join(', ')

/** CORS headers of an answer. */
export function corsHeaders(mode: CorsMode, asking: string | undefined): [name: string, value: string][] {
  switch (mode) {
    case 'none':
      return []
    case 'simple':
      return [['Access-Control-Allow-Origin', '*']]
    case 'exposed':
      return [
        ['Access-Control-Allow-Origin', '*'],
        ['Access-Control-Expose-Headers', exposed],
      ]
    case 'credentials':
      return [
        ['Access-Control-Allow-Origin', asking ?? '*'],
        ['Access-Control-Allow-Credentials', 'true'],
        ['Access-Control-Expose-Headers', exposed],
        ['Vary', 'Origin'],
      ]
  }
}

/** True for a CORS preflight. */
export function isPreflight(method: string, headers: Readonly<Record<string, string>>): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
}

/** Permission for what a preflight asks, not to be remembered: every preflight is to be seen in the journal. */
export function preflightHeaders(
  mode: CorsMode,
  headers: Readonly<Record<string, string>>,
): [name: string, value: string][] {
  if (mode === 'none') return []
  return [
    ...corsHeaders(mode, headers['origin']).filter(([name]) => name !== 'Access-Control-Expose-Headers'),
    ['Access-Control-Allow-Methods', headers['access-control-request-method'] ?? 'GET'],
    ['Access-Control-Allow-Headers', headers['access-control-request-headers'] ?? ''],
    ['Access-Control-Allow-Private-Network', 'true'],
    ['Access-Control-Max-Age', '0'],
  ]
}
