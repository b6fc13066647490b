/** Owns: a running httpbin, whose Digest is nobody's of ours; where Python has it (Debian: python3-httpbin). */
import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'

const PROGRAM = `
import sys
from wsgiref.simple_server import make_server, WSGIRequestHandler
from httpbin import app
class Quiet(WSGIRequestHandler):
    def log_message(self, *args): pass
server = make_server('127.0.0.1', 0, app, handler_class=Quiet)
print(server.server_port, flush=True)
server.serve_forever()
`

/** A Python that has it, or null. */
export const pythonWithHttpbin: string | null =
  ['python3', '/usr/bin/python3'].find((python) => spawnSync(python, ['-c', 'import httpbin']).status === 0) ?? null

export async function startHttpbin(python: string): Promise<{ url: string; stop: () => void }> {
  const child = spawn(python, ['-c', PROGRAM], { stdio: ['ignore', 'pipe', 'ignore'] })
  for await (const port of createInterface({ input: child.stdout }))
    return { url: `http://127.0.0.1:${port}`, stop: () => void child.kill() }
  throw new Error('httpbin did not start')
}
