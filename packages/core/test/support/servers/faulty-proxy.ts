/**
 * Owns: a bad line to a real server. A seed decides for each connection how many bytes get through in either direction before it is cut;
 * some are refused outright, some work. After enough faults it works for good, so that whatever goes on comes to an end.
 */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface FaultyProxy {
  readonly url: string
  /** Connections that were cut or refused. */
  readonly faults: number
  stop(): Promise<void>
}

/** The most bytes that get through before a cut. */
const LONGEST = 1_500_000

/** @param target The server's address. @param most Faults, in all. */
export async function startFaultyProxy(target: string, seed: number, most: number = 25): Promise<FaultyProxy> {
  const { hostname, port } = new URL(target)
  const chance = chances(seed)
  const open = new Set<Socket>()
  let faults = 0
  const server = createServer((near) => {
    open.add(near)
    near.on('close', () => open.delete(near)).on('error', () => {})
    if (faults >= most || chance() < 0.15) return pipe(near, hostname, Number(port), Infinity, Infinity)
    faults += 1
    if (chance() < 0.15) return void near.resetAndDestroy()
    const up = Math.floor(chance() ** 2 * LONGEST)
    // Cut on the way back: the server did what was asked, and nobody heard of it.
    const down = chance() < 0.4 ? Math.floor(chance() * 400) : Infinity
    return pipe(near, hostname, Number(port), up, down)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get faults() {
      return faults
    },
    async stop() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function pipe(near: Socket, host: string, port: number, up: number, down: number): void {
  const far = connect(port, host)
  const cut = (): void => {
    near.resetAndDestroy()
    far.destroy()
  }
  const limited = (from: Socket, to: Socket, limit: number): void => {
    let left = limit
    from.on('data', (bytes: Buffer) => {
      const passed = bytes.subarray(0, Math.min(bytes.length, left))
      left -= passed.length
      if (!to.write(passed)) {
        from.pause()
        to.once('drain', () => from.resume())
      }
      if (left <= 0) cut()
    })
    from.on('end', () => to.end()).on('error', cut)
  }
  limited(near, far, up)
  limited(far, near, down)
  near.on('close', () => far.destroy())
}

/** Mulberry32: small, and the same everywhere. */
function chances(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let value = Math.imul(state ^ (state >>> 15), state | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296
  }
}
