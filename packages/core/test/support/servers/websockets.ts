/**
 * Owns: a WebSocket server by Python's `websockets` (Debian's python3-websockets), with permessage-deflate as it does it: an echo, which
 * closes as a message tells it to, sends as much as one asks for, and knows how much of it it got rid of.
 */
import { notThere, ServerProcess, type RunningServer } from './server.ts'

/** The system's Python first: one that shadows it seldom has the system's packages. */
const pythons = ['/usr/bin/python3', 'python3']

const program = `
import asyncio, os, sys, websockets
noise = os.urandom(65535)
sent = {}
async def echo(socket, path=None):
    async for message in socket:
        word, _, rest = message.partition(' ') if isinstance(message, str) else ('', '', '')
        if word == 'close':
            code, _, reason = rest.partition(' ')
            await socket.close(int(code), reason)
        elif word == 'flood':
            for number in range(int(rest)):
                await socket.send(bytes([number % 251]) * 65536)
        elif word == 'press':
            count, name = rest.split(' ')
            for number in range(int(count)):
                await socket.send(bytes([number % 251]) + noise)
                sent[name] = number + 1
        elif word == 'pressed':
            await socket.send(str(sent.get(rest, 0)))
        elif word == 'extensions':
            await socket.send(','.join(extension.name for extension in socket.extensions))
        elif word == 'pieces':
            await socket.send(rest.split(' '))
        else:
            await socket.send(message)
async def main():
    async with websockets.serve(echo, '127.0.0.1', 0, subprotocols=['chat'], max_size=2 ** 22) as server:
        print('listening', server.sockets[0].getsockname()[1], file=sys.stderr, flush=True)
        await asyncio.Future()
asyncio.run(main())
`

export async function startWebsockets(candidates: readonly string[] = pythons): Promise<RunningServer> {
  for (const python of candidates) {
    const child = new ServerProcess(python, ['-c', program])
    const port = (await child.says(/listening (\d+)/))?.[1]
    if (port) return { url: `ws://127.0.0.1:${port}`, whyNot: null, has: [], stop: () => child.stop('SIGTERM') }
    await child.stop('SIGKILL')
  }
  return notThere('Python websockets is not installed: apt-get install python3-websockets')
}
