/** Real servers as a test sees them: asked of the run, which starts what is installed. Works in Node and in browsers. */
import { inject } from 'vitest'
import type { ServerFacts } from './servers/server.ts'
import type { ServerName } from './servers/index.ts'

export interface RealServer extends ServerFacts {
  /** For the title of what is skipped without it: its name, and why it is not there. */
  readonly title: string
  readonly missing: boolean
}

/** To be awaited at the top of a test file, so that what needs the server can be skipped: `describe.skipIf(server.missing)(server.title)`. */
export async function realServer(name: ServerName): Promise<RealServer> {
  const response = await fetch(`${inject('origin')}/__server?name=${name}`, { method: 'POST' })
  if (!response.ok) throw new Error(await response.text())
  const facts = (await response.json()) as ServerFacts
  return {
    ...facts,
    title: facts.whyNot === null ? name : `${name} (skipped: ${facts.whyNot})`,
    missing: facts.whyNot !== null,
  }
}
