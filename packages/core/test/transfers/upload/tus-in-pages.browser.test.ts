/** tus from a page to another origin: it sees what it must see of the answers, and may send what it must send. */
import { expect, it } from 'vitest'
import { contentAt, firstDifference } from '../../../../testing/src/origin/content.ts'
import { tus } from '../../../src/transfers/upload/tus.ts'
import { realServer } from '../../support/real-server.ts'
import { FetchClient, uploadOf } from './support/fetch-client.ts'
import { drive } from './support/tus-driver.ts'

const { url } = await realServer('tus')
const size = 250_000

it.for([
  [{}, null],
  [{ checksum: 'sha256' }, null],
  [{ withCreation: true, metadata: { album: 'Ü' } }, null],
  // The page sees that this server cannot join lanes.
  [{}, 3],
] as const)('a file arrives with %j, lanes: %j', async ([options, parallel]) => {
  const upload = uploadOf(`${url}/files`, size, { name: 'a.bin', chunkSize: 100_000, parallel })
  const part = (): number => 100_000
  const { answer } = await drive(tus(options), upload, new FetchClient(contentAt(4, 0, size)), { part })
  expect([answer.status, answer.headers.get('upload-offset')]).toEqual([204, String(size)])
  const arrived = new Uint8Array(await (await fetch(answer.url)).arrayBuffer())
  expect([arrived.length, firstDifference(4, 0, arrived)]).toEqual([size, -1])
})
