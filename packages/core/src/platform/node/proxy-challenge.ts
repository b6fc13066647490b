/** Owns what becomes of a proxy's 407 to CONNECT: whoever answers challenges is asked, and the request is sent again with what he says. */
import type { Transport, WireResponse } from '../../ports/transport.ts'

/** The cause of the error that such a 407 is. Where it came from, that error says. */
export class ProxyChallenge extends Error {
  override readonly stack: string = ''
  readonly response: WireResponse

  /** @param proxy Its URL. @param wanted Its Proxy-Authenticate. */
  constructor(proxy: string, wanted: string) {
    super('the proxy answered 407')
    this.response = {
      status: 407,
      statusText: '',
      url: proxy,
      redirected: false,
      headers: new Headers({ 'proxy-authenticate': wanted }),
      headersFiltered: false,
      body: { read: async () => null, cancel: async () => {} },
    }
  }
}

/** Sends by `send`, and again for each challenge of a proxy that is answered. */
export const answeringProxies =
  (send: Transport['send']): Transport['send'] =>
  async (request) => {
    for (let wire = request; ;) {
      try {
        return await send(wire)
      } catch (error) {
        const { cause } = error instanceof Error ? error : {}
        const again = cause instanceof ProxyChallenge ? await request.challenged?.(cause.response) : null
        if (!again) throw error
        wire = again
      }
    }
  }
