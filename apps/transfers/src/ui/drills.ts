/** What can go wrong on this side, on purpose: the page goes, or the worker dies. */
import { killWorker, onWorkerStarted } from '../downloads/engine-worker.ts'
import { find, write } from './dom.ts'

const minute = 60_000
/** Deaths in a minute after which a session no longer believes in its engine. */
const patience = 5
const givenUp = 'The fifth death in a minute: the session gives its engine up. Reload the page, and everything goes on.'

export function setUpDrills(): void {
  const said = find('drill-said', HTMLParagraphElement)
  let killedAt: number | null = null
  let deaths: number[] = []

  find('reload', HTMLButtonElement).addEventListener('click', () => location.reload())

  find('kill', HTMLButtonElement).addEventListener('click', () => {
    if (!killWorker()) return write(said, 'There is no worker just now.')
    const now = performance.now()
    killedAt = now
    deaths = [...deaths.filter((at) => now - at < minute), now]
    write(said, deaths.length < patience ? 'The worker was killed; nobody told the session.' : givenUp)
  })

  onWorkerStarted((started) => {
    if (killedAt === null) return
    const after = Math.round(performance.now() - killedAt)
    killedAt = null
    write(said, `The session noticed by itself and started worker ${started} after ${after} ms.`)
  })
}
