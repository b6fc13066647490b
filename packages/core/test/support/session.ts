/** Sessions on the run's real origins, closed after each test; works in Node and in browsers. */
import { URLSession } from 'urlsession'
import { remoteOrigin, type RemoteOrigin } from '../../../testing/src/origin/remote-origin.ts'
import { afterEach, inject } from 'vitest'

export const origin: RemoteOrigin = remoteOrigin(inject('origin'))
export const otherOrigin: RemoteOrigin = remoteOrigin(inject('otherOrigin'))

const made: URLSession[] = []

/** A session that is closed when the test ends. */
export function makeSession(...given: ConstructorParameters<typeof URLSession>): URLSession {
  const session = new URLSession(...given)
  made.push(session)
  return session
}

afterEach(async () => {
  await Promise.all(made.splice(0).map((session) => session.close()))
})

let count = 0

/** A name nobody else uses: tests of all projects share the origin. */
export const unique = (name: string): string => `${Math.random().toString(36).slice(2, 10)}-${++count}-${name}`

export const bytesOf = async (blob: Blob): Promise<Uint8Array> => new Uint8Array(await blob.arrayBuffer())
