/**
 * Uploads over a line that breaks again and again, at places that a seed chooses: what the server has in the end is the file, byte by
 * byte. Against @tus/server, and our own of resumable uploads.
 */
import { describe, expect, inject, it } from 'vitest'
import { contentAt } from '../../../testing/src/origin/content.ts'
import { realServer } from '../support/real-server.ts'
import type { ServerName } from '../support/servers/index.ts'
import { makeSession } from '../support/session.ts'

const SIZE = 4_000_001

/** A bad line to a real server. */
const faulty = async (name: ServerName, seed: number): Promise<string> =>
  (await fetch(`${inject('origin')}/__faulty?name=${name}&seed=${seed}`, { method: 'POST' })).text()

/** The server that nobody here wrote, and the one of resumable uploads, which nobody else wrote yet. */
const servers = await Promise.all(
  (['tus', 'resumable'] as const).map(async (name) => ({ name, ...(await realServer(name)) })),
)

describe.each(servers)('$title', ({ name, url, missing }) => {
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8]
  it.skipIf(missing).each(seeds)('has the whole file, whatever breaks (seed %i)', async (seed) => {
    const body = contentAt(seed, 0, SIZE)
    const chunkSize = [300_000, 1_000_000, SIZE][seed % 3] ?? SIZE
    const session = makeSession({ retry: { attempts: 40, baseDelay: 5, maximumDelay: 20 } })
    const line = await faulty(name, seed)
    const promise = session.upload(`${line}/files`, new Blob([body]), { protocol: name, chunkSize })
    await promise
    // What it was made as: the last address that was asked.
    const urls = promise.task.metrics?.transactions.map((one) => new URL(one.url).pathname) ?? []
    const stored = await fetch(`${url}${urls.at(-1) ?? ''}`)
    expect(new Uint8Array(await stored.arrayBuffer())).toEqual(body)
  })
})
