/**
 * Owns: the connections that stay open between requests. Why agents of our own: who may connect how often
 * is decided by the engine, and a program's global agent may have limits that were meant for something else.
 */
import { Agent as HttpAgent, type AgentOptions } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'

/** Bytes a connection may hold for a reader that is busy: enough for reads of 1 MiB while the disk is writing. */
export const READ_AHEAD: number = 1 << 20

export interface HttpAgents {
  for(url: URL): HttpAgent
  /** Closes the idle connections to the URL's origin: one of them turned out to be dead. */
  dropIdle(url: URL): void
}

export function createHttpAgents(): HttpAgents {
  const options: AgentOptions = {
    keepAlive: true,
    // Shorter than what servers allow by default, so that they rarely close one under us.
    timeout: 4_000,
    scheduling: 'lifo',
    maxSockets: Number.POSITIVE_INFINITY,
  }
  const plain = new HttpAgent(options)
  const secure = new HttpsAgent(options)
  const agentFor = (url: URL): HttpAgent => (url.protocol === 'https:' ? secure : plain)
  return {
    for: agentFor,
    dropIdle(url) {
      const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
      const place = `${url.hostname.replace(/^\[|\]$/g, '')}:${port}:`
      for (const [name, sockets] of Object.entries(agentFor(url).freeSockets))
        if (name.startsWith(place)) for (const socket of [...(sockets ?? [])]) socket.destroy()
    },
  }
}
