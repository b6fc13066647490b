/**
 * Owns: the origin as a command: `node cli.ts [--port 8099] [--host 127.0.0.1] [--dir /prefix/=folder]… [--file name=bytes]…`.
 * Registers a few files to try a download manager on; everything else is switched through `/__control`.
 */
import { parseArgs } from 'node:util'
import { startOrigin } from './origin.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8099' },
    host: { type: 'string', default: '127.0.0.1' },
    dir: { type: 'string', multiple: true, default: [] },
    file: { type: 'string', multiple: true, default: [] },
  },
})

/** `name=value`, split at the first `=`. */
const pair = (text: string): [string, string] => {
  const at = text.indexOf('=')
  if (at < 1) throw new TypeError(`expected name=value, got '${text}'`)
  return [text.slice(0, at), text.slice(at + 1)]
}

const origin = await startOrigin({
  port: Number(values.port),
  host: values.host,
  staticDirs: Object.fromEntries(values.dir.map(pair)),
})
const mebi = 1 << 20
origin.file('small.bin', { size: mebi, seed: 1 })
origin.file('film.mp4', {
  size: 256 * mebi,
  seed: 2,
  contentType: 'video/mp4',
  disposition: 'attachment; filename="film.mp4"',
  bytesPerSecond: 8 * mebi,
})
origin.file('model.safetensors', { size: 5 * 1024 * mebi, seed: 3 })
origin.file('no-ranges.zip', {
  size: 64 * mebi,
  seed: 4,
  ranges: 'ignored',
  contentType: 'application/zip',
  bytesPerSecond: 4 * mebi,
})
origin.file('flaky.iso', { size: 128 * mebi, seed: 5, resetAfter: 24 * mebi, bytesPerSecond: 16 * mebi })
for (const [name, size] of values.file.map(pair)) origin.file(name, { size: Number(size) })

console.log(`origin on ${origin.url}`)
for (const file of origin.files()) console.log(`  ${file.url}  ${file.size} bytes`)
console.log(`control: POST ${origin.url}/__control`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void origin.stop())
