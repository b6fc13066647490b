/** All that the measurements stand on, made once and removed at the end: the built package and page, the files, the server. */
import { randomFillSync, createHash } from 'node:crypto'
import { cpSync, createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { buildPackage } from '../../../packages/core/build.ts'
import { startServer, type Server } from './server.ts'

export interface Made {
  readonly name: string
  readonly size: number
  /** `sha256-…` */
  readonly integrity: string
}

export interface Stage {
  /** A folder to write in, on the disk that is measured. */
  readonly scratch: string
  readonly server: Server
  urlOf(file: Made): string
  pathOf(file: Made): string
  close(): Promise<void>
}

const dist = join(import.meta.dirname, '../../../packages/core/dist')

export async function makeStage(): Promise<Stage> {
  const scratch = mkdtempSync(join(tmpdir(), 'urlsession-bench-'))
  const folder = join(scratch, 'served')
  mkdirSync(folder)
  await buildPackage()
  await build({
    root: join(import.meta.dirname, '../page'),
    configFile: false,
    logLevel: 'warn',
    build: { outDir: folder, emptyOutDir: true, target: 'esnext', reportCompressedSize: false },
    worker: { format: 'es' },
  })
  cpSync(dist, join(folder, 'urlsession'), { recursive: true, filter: (path) => !path.includes('types') })
  const server = await startServer(folder, scratch)
  return {
    scratch,
    server,
    urlOf: ({ name }) => `${server.url}/${name}`,
    pathOf: ({ name }) => join(folder, name),
    async close() {
      await server.stop()
      rmSync(scratch, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

/** A file of random bytes in the served folder. */
export async function makeFile({ scratch }: Stage, size: number): Promise<Made> {
  const name = `${size / 2 ** 20}M.bin`
  const block = randomFillSync(Buffer.alloc(1 << 20))
  const hash = createHash('sha256')
  const file = createWriteStream(join(scratch, 'served', name))
  for (let done = 0; done < size; done += block.length) {
    // No two blocks are alike.
    block.writeDoubleLE(done, 0)
    hash.update(block)
    if (!file.write(Buffer.from(block))) await once(file, 'drain')
  }
  file.end()
  await once(file, 'close')
  return { name, size, integrity: `sha256-${hash.digest('base64')}` }
}

/** One of 1 KiB. */
export function makeSmallFile({ scratch }: Stage): Made {
  const bytes = randomFillSync(Buffer.alloc(1024))
  writeFileSync(join(scratch, 'served', 'small.bin'), bytes)
  return { name: 'small.bin', size: 1024, integrity: '' }
}
