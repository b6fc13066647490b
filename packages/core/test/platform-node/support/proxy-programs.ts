/** Owns: proxies that are programs of their own, where this machine has them: tinyproxy, squid and microsocks, as Debian packs them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { findProgram } from '../../support/servers/server.ts'
import { scratch } from './scratch.ts'

/** Its arguments. */
type Program = (port: number, folder: string) => Promise<readonly string[]>

const programs = {
  tinyproxy: async (port, folder) => {
    const file = join(folder, 'tinyproxy.conf')
    const lines = [`Port ${port}`, 'Listen 127.0.0.1', 'Timeout 60', 'MaxClients 50', 'LogLevel Critical']
    await writeFile(file, [...lines, 'BasicAuth ada s3cret', `PidFile "${join(folder, 'pid')}"`, ''].join('\n'))
    return ['-d', '-c', file]
  },
  squid: async (port, folder) => {
    // Squid gives up being root, and must still reach its folder.
    await chmod(folder, 0o777)
    const file = join(folder, 'squid.conf')
    const logs = ['access_log none', 'cache_log /dev/null', 'cache_store_log none', 'logfile_rotate 0']
    const rules = ['acl TLS port 443', 'http_access deny CONNECT TLS', 'http_access allow all', 'cache deny all']
    const places = [`http_port 127.0.0.1:${port}`, `pid_filename ${join(folder, 'pid')}`, `coredump_dir ${folder}`]
    const rest = ['shutdown_lifetime 1 seconds', 'pinger_enable off', 'dns_nameservers 127.0.0.1', '']
    await writeFile(file, [...places, ...logs, ...rules, ...rest].join('\n'))
    return ['-N', '-f', file]
  },
  microsocks: (port) => Promise.resolve(['-i', '127.0.0.1', '-p', String(port), '-u', 'ada', '-P', 's3cret']),
} satisfies { [name: string]: Program }

/** Whether the program is not here, and a test of it must be skipped. */
export const lacks = (name: keyof typeof programs): boolean => findProgram(name) === null

/** Starts it on a free port, and waits until it listens; its port. tinyproxy and microsocks want ada with the password "s3cret". */
export async function proxyProgram(name: keyof typeof programs): Promise<number> {
  const port = await freePort()
  const args = await programs[name](port, await scratch())
  const program = spawn(findProgram(name) ?? name, args, { stdio: 'ignore' })
  const ended = once(program, 'exit')
  onTestFinished(async () => {
    program.kill('SIGKILL')
    await ended
  })
  while (!(await answers(port)))
    if (program.exitCode !== null) throw new Error(`${name} ended with ${program.exitCode} before it listened`)
  return port
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => setTimeout(() => resolve(false), 10))
    socket.once('connect', () => socket.destroy())
  })
