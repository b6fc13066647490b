/**
 * Owns: nginx with files to load. `/plain.bin` is `contentAt(1, 0, PLAIN_SIZE)`, `/text.txt` is `text`; the same lie under `/gzip/` and
 * `/br/`, compressed on the way, and under `/slow/`, slow enough to be stopped (a range of it is
 * as fast as any); `/slow/hidden/` shows pages of other origins no header. `/impatient/PORT/…` is a proxy to that port here, which cuts a
 * connection after a second in which the other side said nothing.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { PLAIN_SIZE, text } from './contents.ts'
import { findProgram, freePort, notThere, ServerProcess, type RunningServer } from './server.ts'

const brotli = '/usr/lib/nginx/modules/ngx_http_brotli_filter_module.so'

export async function startNginx(program: string | null = findProgram('nginx')): Promise<RunningServer> {
  if (program === null) return notThere('nginx is not installed: apt-get install nginx')
  const folder = mkdtempSync(join(tmpdir(), 'urlsession-nginx-'))
  const hasBrotli = existsSync(brotli)
  writeFiles(join(folder, 'files'))
  // The port may be taken between finding it and listening on it.
  for (let tries = 0; tries < 3; tries++) {
    const port = await freePort()
    const path = join(folder, 'nginx.conf')
    writeFileSync(path, configuration(folder, port, hasBrotli))
    const child = new ServerProcess(program, ['-p', folder, '-e', 'stderr', '-c', path])
    if (await child.listens(port)) {
      const stop = async (): Promise<void> => {
        await child.stop('SIGTERM')
        rmSync(folder, { recursive: true, force: true })
      }
      return { url: `http://127.0.0.1:${port}`, whyNot: null, has: hasBrotli ? ['brotli'] : [], stop }
    }
    await child.stop('SIGKILL')
    if (tries < 2) continue
    rmSync(folder, { recursive: true, force: true })
    return notThere(`nginx is installed, but does not start: ${child.lastWords}`)
  }
  return notThere('nginx found no port')
}

function writeFiles(folder: string): void {
  for (const place of ['', 'gzip', 'br', 'slow', 'slow/hidden']) {
    mkdirSync(join(folder, place), { recursive: true })
    writeFileSync(join(folder, place, 'plain.bin'), contentAt(1, 0, PLAIN_SIZE))
    writeFileSync(join(folder, place, 'text.txt'), text)
  }
}

const open = `add_header Access-Control-Allow-Origin * always;`
const exposed = `${open}
      add_header Access-Control-Expose-Headers "ETag, Content-Range, Accept-Ranges, Content-Encoding" always;`

/** One process, which runs as whoever started it and writes only below its folder. */
const configuration = (folder: string, port: number, hasBrotli: boolean): string => `
  ${hasBrotli ? `load_module ${brotli};` : ''}
  daemon off;
  master_process off;
  pid ${folder}/nginx.pid;
  events { worker_connections 256; }
  http {
    access_log off;
    default_type application/octet-stream;
    types { text/plain txt; }
    root ${folder}/files;
    ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n    ')}
    map $http_range $rate { default 0; "" 20k; }
    gzip_min_length 1;
    gzip_types text/plain;
    server {
      listen 127.0.0.1:${port};
      location / {
      ${exposed}
      }
      location /gzip/ {
      gzip on;
      ${exposed}
      }
      location /br/ {
      ${hasBrotli ? 'brotli on; brotli_min_length 1; brotli_types text/plain;' : ''}
      ${exposed}
      }
      location /slow/ {
      limit_rate $rate;
      ${exposed}
      }
      location ~ ^/impatient/([0-9]+)/(.*)$ {
      proxy_pass http://127.0.0.1:$1/$2$is_args$args;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
      proxy_read_timeout 1s;
      }
      location /slow/hidden/ {
      limit_rate $rate;
      ${open}
      }
    }
  }
`
