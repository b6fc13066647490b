/** tus over a wire that breaks anywhere, again and again: what the server has in the end is the file. */
import { expect, it } from 'vitest'
import { SeededChance } from '../../../../testing/src/fakes/fixed-chance.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import type { Json } from '../../../src/model/json.ts'
import { tus } from '../../../src/transfers/upload/tus.ts'
import { scratch } from '../../platform-node/support/scratch.ts'
import { startTus } from '../../support/servers/tus-server.ts'
import { type Cut, cuttingProxy } from './support/cutting-proxy.ts'
import { FetchClient, uploadOf } from './support/fetch-client.ts'
import { drive } from './support/tus-driver.ts'
import { startSmallTus } from './support/small-tus-server.ts'

/** Fewer breaks than the driver has patience. */
const BREAKS = 12

interface Story {
  readonly chance: SeededChance
  readonly size: number
  readonly nextCut: () => Cut
  readonly part: () => number
}

function story(seed: number): Story {
  const chance = new SeededChance(seed)
  const size = chance.pick([1, 1000, 65_536, 200_000, 1_500_000])
  let breaks = BREAKS
  const nextCut = (): Cut => {
    if (breaks === 0 || chance.next() < 0.3) return null
    breaks -= 1
    return chance.next() < 0.3 ? 'answer' : { sent: chance.between(1, size + 1000) }
  }
  const most = chance.pick([size, Math.ceil(size / 3), Math.ceil(size / 10)])
  return { chance, size, nextCut, part: () => chance.between(1, most) }
}

/** Whichever lives first: each break makes the next state go by what is stored. */
const urlsOf = (state: Json): readonly string[] => (state as { urls: string[] }).urls

async function one(seed: number): Promise<number> {
  const { chance, size, nextCut, part } = story(seed)
  const server = await startTus({ directory: await scratch(), lockDrainTimeout: 50 })
  await using proxy = await cuttingProxy(server.port, nextCut)
  try {
    const file = contentAt(seed, 0, size)
    const upload = uploadOf(`${proxy.url}/files`, size)
    const protocol = tus({ withCreation: chance.next() < 0.5 })
    const { answer, state, steps } = await drive(protocol, upload, new FetchClient(file), { part })
    const url = state === null ? (answer.headers.get('location') ?? '') : (urlsOf(state)[0] ?? '')
    expect((await server.bytes(url)).equals(file), `seed ${seed}: ${steps.join(', ')}`).toBe(true)
    return steps.filter((step) => step === 'networkConnectionLost').length
  } catch (cause) {
    throw new Error(`seed ${seed}`, { cause })
  } finally {
    await server.stop()
  }
}

it('leaves whole files on @tus/server', async () => {
  let breaks = 0
  for (let seed = 1; seed <= 40; seed++) breaks += await one(seed)
  // If hardly any broke, something is wrong with the stories.
  expect(breaks).toBeGreaterThan(40)
})

it('leaves whole files where lanes are joined', async () => {
  let breaks = 0
  for (let seed = 1; seed <= 40; seed++) {
    const { chance, size, nextCut, part } = story(seed)
    const server = await startSmallTus()
    await using proxy = await cuttingProxy(Number(new URL(server.endpoint).port), nextCut)
    const file = contentAt(seed, 0, size)
    const upload = uploadOf(`${proxy.url}/files`, size, { parallel: chance.between(2, 6) })
    const { answer, state, steps } = await drive(tus(), upload, new FetchClient(file), { part })
    const path = new URL(answer.headers.get('location') ?? urlsOf(state)[0] ?? '', proxy.url).pathname
    expect(server.uploads.get(path)?.bytes.equals(file), `seed ${seed}: ${steps.join(', ')}`).toBe(true)
    breaks += steps.filter((step) => step === 'networkConnectionLost').length
  }
  expect(breaks).toBeGreaterThan(40)
})
