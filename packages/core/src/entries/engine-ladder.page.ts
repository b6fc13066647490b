/** Where a page gets its engine: the user's own worker, ours, ours by way of a blob, the page itself. */
import { browserChance } from '../platform/browser/browser-chance.ts'
import { whenReleased } from '../platform/browser/lock-watch.ts'
import { onNetworkChange } from '../platform/browser/network-information.ts'
import { inlineRung, type Rung } from '../wire/connection.ts'
import type { HostFactory, HostOptions } from '../wire/host.ts'
import { LadderHost } from '../wire/ladder-host.ts'
import { openWorker, workerRung, type WorkerTools } from '../wire/worker-host.ts'

/** A way to start this entry's own worker file. */
export interface OwnWorker {
  readonly name: string
  readonly spawn: () => Worker
}

const tools: WorkerTools = {
  uid: () => browserChance.uid(),
  whenReleased: 'locks' in navigator ? whenReleased : null,
  onNudge(listener) {
    const online = (): void => listener('online')
    const wake = (): void => listener('wake')
    // Workers have `online` too, but not in every browser does it arrive there.
    addEventListener('online', online)
    addEventListener('pageshow', wake)
    const stop = onNetworkChange(online)
    return () => {
      removeEventListener('online', online)
      removeEventListener('pageshow', wake)
      stop()
    }
  },
}

export const ladderHost =
  (options: HostOptions, ownWorkers: readonly OwnWorker[]): HostFactory =>
  (hello, listener) =>
    new LadderHost(hello, listener, rungs(options, ownWorkers))

function rungs({ placement, createWorker, workerURL }: HostOptions, ownWorkers: readonly OwnWorker[]): Rung[] {
  const inline = inlineRung('the page itself', async (post) => {
    const { makeInlineEngine } = await import('./inline-engine.ts')
    return makeInlineEngine(post)
  })
  if (placement === 'inline' || typeof Worker !== 'function') return [inline]
  const workers = [
    ...(createWorker ? [{ name: 'engine.createWorker', spawn: createWorker }] : []),
    ...(workerURL === null ? [] : [{ name: 'engine.workerURL', spawn: () => openWorker(workerURL, 'urlsession') }]),
    ...ownWorkers,
  ].map(({ name, spawn }) => workerRung(name, spawn, tools))
  return placement === 'worker' ? workers : [...workers, inline]
}
