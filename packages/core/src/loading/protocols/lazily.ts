/** A protocol whose code is loaded with the first request it is for. */
import type { URLProtocol } from '../../model/url-protocol.ts'

/** @param scheme Without its colon. */
export const lazily = (scheme: string, load: () => Promise<URLProtocol>): URLProtocol => ({
  accepts: ({ url }) => url.startsWith(`${scheme}:`),
  async load(request, client): Promise<Response> {
    return (await (await load()).load(request, client)) as Response
  },
})
