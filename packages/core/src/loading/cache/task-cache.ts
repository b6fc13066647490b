/** One task's way through its session's cache. The rules are loaded with the first request that is sent. */
import type { WireRequest, WireResponse, Transport } from '../../ports/transport.ts'
import type { AskToCache, CacheRun } from './cache-run.ts'
import type { CacheParts } from './cache-parts.ts'
import { unlessAborted } from '../unless-aborted.ts'

export class TaskCache {
  readonly #parts: CacheParts
  #run: CacheRun | null = null

  constructor(parts: CacheParts) {
    this.#parts = parts
  }

  /** The same transport, asked only for what is not there. */
  around(transport: Transport): Transport {
    return { ...transport, send: (wire) => this.#send(wire, transport) }
  }

  /** Of the body of the last answer. The bytes stay the caller's. */
  collect(bytes: Uint8Array): void {
    this.#run?.collect(bytes)
  }

  /** The whole body has come: keeps the answer if it may be kept. Not called for one that broke off, and never fails. */
  async finish(ask: AskToCache | null): Promise<void> {
    await this.#run?.finish(ask)
  }

  async #send(wire: WireRequest, transport: Transport): Promise<WireResponse> {
    this.#run ??= new (await import('./cache-run.ts')).CacheRun(this.#parts)
    // A disk may never answer either.
    return unlessAborted(wire.signal, this.#run.send(wire, transport))
  }
}
