/**
 * Owns: folders of built pages, served with the right types and with whatever headers a test wants on them (CSP, COOP …).
 */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname, resolve, sep } from 'node:path'
import type { Exchange } from './exchange.ts'

/** A folder to serve. */
export interface StaticDir {
  /** The folder's path. */
  dir: string
  /** Sent with every answer: a Content-Security-Policy, Cross-Origin-Opener-Policy and so on. */
  headers?: Record<string, string>
  /** What is served (as `200 text/html`) for paths without a file and without an extension; relative to `dir`. Default: 404. */
  fallback?: string
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
  '.ts': 'text/plain; charset=utf-8',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
}

/** Serves `path` (relative, still percent-encoded) out of `folder`. */
export async function serveStatic(exchange: Exchange, path: string, folder: string | StaticDir): Promise<void> {
  const { dir, headers = {}, fallback } = typeof folder === 'string' ? ({ dir: folder } as StaticDir) : folder
  const found =
    (await locate(dir, path)) ?? (fallback !== undefined && extname(path) === '' ? await locate(dir, fallback) : null)
  const common: Record<string, string> = { 'Cache-Control': 'no-store', 'Access-Control-Allow-Origin': '*', ...headers }
  if (!found) {
    exchange.head(404, Object.entries({ ...common, 'Content-Type': 'text/plain; charset=utf-8' }))
    exchange.response.end('404 Not Found\n')
    return
  }
  const type = types[extname(found.file).toLowerCase()] ?? 'application/octet-stream'
  exchange.head(200, Object.entries({ 'Content-Type': type, 'Content-Length': String(found.size), ...common }))
  if (exchange.request.method !== 'HEAD') {
    for await (const bytes of createReadStream(found.file, { highWaterMark: 256 << 10 })) {
      if (!(await exchange.write(bytes as Uint8Array))) return
    }
  }
  exchange.end()
}

async function locate(dir: string, path: string): Promise<{ file: string; size: number } | null> {
  const root = resolve(dir)
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch {
    return null
  }
  if (decoded.includes('\0')) return null
  let file = resolve(root, `./${decoded}`)
  if (file !== root && !file.startsWith(root + sep)) return null
  let found = await stat(file).catch(() => null)
  if (found?.isDirectory()) {
    file = resolve(file, 'index.html')
    found = await stat(file).catch(() => null)
  }
  return found?.isFile() ? { file, size: found.size } : null
}
