/**
 * One WebSocket for the tabs of an origin (docs/decisions/0021). Whoever takes the lock opens it and is the host; all others are his guests.
 * When the host's tab goes, the browser frees the lock and the next one is the host, with a connection of its own.
 */
import type { SocketAnswer, SocketOffer, SocketShare, SocketTransport } from '../../ports/socket-transport.ts'
import type { WireRequest } from '../../ports/transport.ts'
import { holdLock } from './hold-lock.ts'
import { SharedSocketGuest } from './shared-socket-guest.ts'
import { SharedSocketHost } from './shared-socket-host.ts'
import { names } from './shared-socket-wire.ts'
import { upgraded } from './web-socket-transport.ts'

/** Where tabs meet, and what a task of this one brings. */
export interface SharedPlace {
  /** The name of the lock and of the channel. */
  readonly room: string
  readonly share: SocketShare
  readonly url: string
}

/**
 * @param transport What the host opens the connection with.
 * @param identifier Of the session: those of other sessions are others' sockets.
 */
export function sharedSockets(transport: SocketTransport, identifier: string, share: SocketShare): SocketTransport {
  const place = { room: names.room(identifier, share), share, url: share.url }
  return {
    sendsHeaders: transport.sendsHeaders,
    // It would stop the others.
    pauses: false,
    open: (request, offer) => open(place, transport, request, offer),
  }
}

async function open(
  place: SharedPlace,
  transport: SocketTransport,
  request: WireRequest,
  offer: SocketOffer,
): Promise<SocketAnswer> {
  const { signal } = request
  signal.throwIfAborted()
  const guest = await SharedSocketGuest.ask(place)
  const wait = new AbortController()
  const stop = (): void => wait.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const turn = holdLock(place.room, wait.signal)
  try {
    const letGo = await Promise.race([turn, guest.admitted])
    if (letGo === null) {
      // His turn may have come in the same moment.
      void turn.then((late) => late(), ignore)
      return { response: upgraded(request.url), socket: guest }
    }
    guest.leave()
    return await SharedSocketHost.open(place, letGo, transport, request, offer)
  } catch (error) {
    void turn.then((letGo) => letGo(), ignore)
    guest.leave()
    throw error
  } finally {
    wait.abort()
    signal.removeEventListener('abort', stop)
    guest.admitted.catch(ignore)
  }
}

const ignore = (): void => {}
