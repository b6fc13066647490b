/** How many short requests a second, beside the platform's fetch and the clients people use. */
import type { Way } from '../page/requests.ts'
import { format, median, ratio, type Row } from '../support/report.ts'
import { takeTurns } from '../support/rounds.ts'
import type { Made, Stage } from '../support/stage.ts'
import { openUnwatched } from './unwatched.ts'

/** Of each contender in each round, in so many turns. */
const COUNT = 2000
const TURNS = 10
const WAYS: readonly Way[] = ['session.fetch', 'session.data', 'fetch', 'ky', 'axios']

export async function browserRequests(stage: Stage, file: Made, rounds: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const parallel of [1, 50]) {
    const { evaluate, close } = await openUnwatched(stage)
    const job = { url: stage.urlOf(file), size: file.size, count: COUNT / TURNS, parallel }
    const contenders = Object.fromEntries(
      WAYS.map((way) => [way, () => evaluate((one) => globalThis.bench.requests(one), { ...job, way })]),
    ) as Record<Way, () => Promise<number>>
    // What is compiled and loaded with the first is not to be measured.
    for (const contender of Object.values(contenders)) await contender()
    const times = await takeTurns(rounds, contenders, TURNS)
    await close()
    const pace = (way: Way): number[] => times[way].map((elapsed) => COUNT / (elapsed / 1000))
    const how = parallel === 1 ? 'one after another' : `${parallel} at once`
    for (const way of WAYS) {
      const of = ratio(pace('session.fetch'), pace(way))
      const beside = way === 'session.fetch' ? {} : { beside: `session.fetch is ${format(of)} ×` }
      const least = { fetch: 0.95, ky: 1, axios: 1 }[way as string]
      const target = least === undefined ? {} : { target: { atLeast: least, of } }
      rows.push({ what: `${way}, ${how}`, value: median(pace(way)), unit: '/s', all: pace(way), ...beside, ...target })
    }
  }
  return rows
}
