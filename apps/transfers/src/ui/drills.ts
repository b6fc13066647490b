/** What can go wrong on this side, on purpose: the page goes, or the worker dies. */
import { killWorker, onWorkerStarted } from '../downloads/engine-worker.ts'
import { find, write } from './dom.ts'

export function setUpDrills(): void {
  const said = find('drill-said', HTMLParagraphElement)
  let killedAt: number | null = null

  find('reload', HTMLButtonElement).addEventListener('click', () => location.reload())

  find('kill', HTMLButtonElement).addEventListener('click', () => {
    const killed = killWorker()
    killedAt = killed ? performance.now() : null
    write(said, killed ? 'The worker was killed; nobody told the session.' : 'There is no worker just now.')
  })

  onWorkerStarted((started) => {
    if (killedAt === null) return
    const after = Math.round(performance.now() - killedAt)
    killedAt = null
    write(said, `The session noticed by itself and started worker ${started} after ${after} ms.`)
  })
}
