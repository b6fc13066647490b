/**
 * Owns: the plainest transport over fetch that keeps the contract. Why: to try the contract itself.
 */
import { URLError, type Transport } from '../src/fakes/ports.ts'

export const plainTransport: Transport = {
  redirects: 'each-hop',
  strictDecoding: false,
  async send({ url, signal, ...init }) {
    const failed = (cause: unknown, phase: 'connect' | 'body'): unknown => {
      if (signal.aborted) return signal.reason
      if ((cause as { cause?: Error }).cause?.message === 'unexpected redirect')
        return new URLError('badServerResponse', { url, phase, cause })
      const code: unknown = (cause as { cause?: { code?: unknown } }).cause?.code
      const refused = code === 'ECONNREFUSED' || (cause as Error).message === 'bad port'
      return new URLError(phase === 'connect' && refused ? 'cannotConnectToHost' : 'networkConnectionLost', {
        url,
        phase,
        cause,
      })
    }
    try {
      const response = await fetch(url, { ...init, signal })
      const reader = response.body?.getReader()
      return {
        status: response.status,
        statusText: response.statusText,
        url: response.url,
        redirected: response.redirected,
        headers: response.headers,
        headersFiltered: false,
        body: {
          read: async () => {
            if (!reader) return null
            try {
              const { done, value } = await reader.read()
              return done ? null : value
            } catch (error) {
              throw failed(error, 'body')
            }
          },
          cancel: async () => reader?.cancel().catch(() => {}),
        },
      }
    } catch (error) {
      throw failed(error, 'connect')
    }
  },
}
