/**
 * Owns: `/__control` on the wire: JSON in, JSON out, open to every page. For tests and demos only.
 */
import { type ControlCommand, runCommand } from './control-commands.ts'
import { preflightHeaders } from './cors.ts'
import type { Exchange } from './exchange.ts'
import type { RunningOrigin } from './origin.ts'

/** Answers one control request: `{ ok: true, value }`, or `{ ok: false, message }` with status 400. */
export async function serveControl(origin: RunningOrigin, exchange: Exchange): Promise<void> {
  const { method, preflight, headers } = exchange.entry
  if (preflight) {
    exchange.head(204, preflightHeaders('exposed', headers))
    return exchange.end()
  }
  let status = 200
  let answer: object
  let afterwards: (() => Promise<void>) | undefined
  try {
    const result = await runCommand(origin, method === 'GET' ? { do: 'files' } : await readCommand(exchange))
    answer = { ok: true, value: result.value }
    afterwards = result.afterwards
  } catch (failure) {
    status = 400
    answer = { ok: false, message: failure instanceof Error ? failure.message : String(failure) }
  }
  const text = JSON.stringify(answer)
  exchange.head(status, [
    ['Content-Type', 'application/json'],
    ['Content-Length', String(Buffer.byteLength(text))],
    ['Access-Control-Allow-Origin', '*'],
    ['Cache-Control', 'no-store'],
  ])
  exchange.response.end(text, () => void afterwards?.())
}

async function readCommand(exchange: Exchange): Promise<ControlCommand> {
  const parts: Uint8Array[] = []
  for await (const bytes of exchange.request) parts.push(bytes as Uint8Array)
  const command: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'))
  if (typeof command !== 'object' || command === null || !('do' in command)) {
    throw new TypeError(`a command is an object with a word 'do'; got ${JSON.stringify(command)}`)
  }
  return command as ControlCommand
}
