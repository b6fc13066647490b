/** Owns: a transport by options, as a session would have it, with connections of its own. */
import type { ConfigurationOptions } from '../../../src/model/configuration.ts'
import { createFetchTransport } from '../../../src/platform/node/fetch-transport.ts'
import { createHttpAgents } from '../../../src/platform/node/http-agents.ts'
import { createHttpFetch } from '../../../src/platform/node/http-fetch.ts'
import type { Environment } from '../../../src/platform/node/proxy-choice.ts'
import { SessionConfiguration } from '../../../src/platform/node/session-configuration.ts'
import type { Transport, WireRequest } from '../../../src/ports/transport.ts'
import { readAll, wire } from './wire.ts'

export function transportBy(options: ConfigurationOptions, env: Environment = {}): Transport {
  return createFetchTransport(createHttpFetch(createHttpAgents(SessionConfiguration.default(options).settings, env)))
}

export async function textBy(transport: Transport, url: string, more?: Partial<WireRequest>): Promise<string> {
  return (await readAll((await transport.send(wire(url, more))).body)).toString()
}
