/**
 * Uploads over a line that breaks again and again, at places that a seed chooses: what the server has in the end is the file, byte by
 * byte. Against servers that nobody here wrote.
 */
import type { UploadOptions } from 'urlsession'
import { describe, expect, inject, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { realServer } from '../support/real-server.ts'
import type { ServerName } from '../support/servers/index.ts'
import { makeSession } from '../support/session.ts'

const SIZE = 4_000_001

/** A bad line to a real server. */
const faulty = async (name: ServerName, seed: number): Promise<string> =>
  (await fetch(`${inject('origin')}/__faulty?name=${name}&seed=${seed}`, { method: 'POST' })).text()

const tus = await realServer('tus')

describe.skipIf(tus.missing)(tus.title, () => {
  it.each<[number, UploadOptions]>(
    [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => [seed, { chunkSize: [300_000, 1_000_000, SIZE][seed % 3] ?? SIZE }]),
  )('has the whole file, whatever breaks (seed %i)', async (seed, options) => {
    const body = contentAt(seed, 0, SIZE)
    const session = makeSession({ retry: { attempts: 40, baseDelay: 5, maximumDelay: 20 } })
    const { response } = await session.upload(`${await faulty('tus', seed)}/files`, new Blob([body]), {
      protocol: 'tus',
      ...options,
    })
    const { pathname } = new URL(response.url)
    const stored = await fetch(`${tus.url}${pathname}`)
    expect(new Uint8Array(await stored.arrayBuffer())).toEqual(body)
  })
})
