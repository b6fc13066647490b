/**
 * The server that is measured against: nginx where it is installed, so that the server is not the limit, else the testing
 * origin. Serves one folder, its files without caching, and once more under `/slow/` at a steady pace.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { startOrigin } from '../../../packages/testing/src/origin/index.ts'

export interface Server {
  readonly name: string
  readonly url: string
  stop(): Promise<void>
}

const program = 'nginx'

/** Bytes a second under `/slow/`. */
export const slowPace: number = 20 << 20

/** @param folder What is served. @param scratch Where the server keeps its own files. */
export async function startServer(folder: string, scratch: string): Promise<Server> {
  const { stderr, error } = spawnSync(program, ['-v'], { encoding: 'utf8' })
  if (error) return startFallback(folder)
  const port = await freePort()
  const configuration = join(scratch, 'nginx.conf')
  writeFileSync(configuration, nginxConfiguration(folder, scratch, port))
  const child = spawn(program, ['-e', join(scratch, 'nginx.log'), '-c', configuration, '-g', 'daemon off;'], {
    stdio: 'inherit',
  })
  const url = `http://127.0.0.1:${port}`
  await answers(url, child)
  return {
    name: /nginx\/[\d.]+/.exec(stderr)?.[0] ?? program,
    url,
    async stop() {
      child.kill('SIGQUIT')
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

async function startFallback(folder: string): Promise<Server> {
  const origin = await startOrigin({ staticDirs: { '/': folder, '/slow/': folder } })
  return { name: 'the testing origin (no nginx here)', url: origin.url, stop: () => origin.stop() }
}

function nginxConfiguration(folder: string, scratch: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (of) => `${of}_temp_path ${scratch}/${of};`,
  )
  return `
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 2;
pid ${scratch}/nginx.pid;
events { worker_connections 256; }
http {
  access_log off;
  sendfile on;
  sendfile_max_chunk 2m;
  tcp_nopush on;
  types { text/html html; text/javascript js; application/json map; }
  default_type application/octet-stream;
  ${temporary.join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    root ${folder};
    add_header Cache-Control no-store;
    location /slow/ { alias ${folder}/; limit_rate ${slowPace}; }
  }
}
`
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`nginx ended with ${child.exitCode}`)
}
