/**
 * Owns: a wire that breaks: connections go to a server's port and are cut after so many bytes sent, or when the answer comes, which is
 * then lost although the server did what it was asked.
 */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** How far a connection lasts. */
export type Cut = { readonly sent: number } | 'answer' | null

export interface CuttingProxy extends AsyncDisposable {
  readonly url: string
}

/** @param nextCut Asked for each connection. */
export async function cuttingProxy(port: number, nextCut: () => Cut): Promise<CuttingProxy> {
  const sockets = new Set<Socket>()
  const server = createServer((here) => {
    const there = connect(port, '127.0.0.1')
    const cut = nextCut()
    let left = typeof cut === 'object' && cut !== null ? cut.sent : Infinity
    const end = (): void => {
      here.destroy()
      there.destroy()
    }
    for (const socket of [here, there]) {
      sockets.add(socket)
      socket.once('close', end).on('error', end)
      socket.once('close', () => sockets.delete(socket))
    }
    here.on('data', (bytes: Buffer) => {
      there.write(bytes.subarray(0, left))
      left -= bytes.length
      // What was sent before the cut still arrives.
      if (left <= 0) there.end(() => here.destroy())
    })
    there.on('data', (bytes: Buffer) => {
      if (cut === 'answer') end()
      else here.write(bytes)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
