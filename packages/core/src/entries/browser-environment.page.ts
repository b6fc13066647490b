/** What the browser entries share: all but the way to their own worker file. */
import { cannotSave } from '../session/downloaded-file.ts'
import { browserCapabilities } from '../platform/browser/browser-capabilities.ts'
import { browserChance } from '../platform/browser/browser-chance.ts'
import { whenReleased } from '../platform/browser/lock-watch.ts'
import { inlineRung, type Rung } from '../wire/connection.ts'
import type { HostOptions, SessionEnvironment } from '../wire/host.ts'
import { LadderHost } from '../wire/ladder-host.ts'
import { openWorker, workerRung, type WorkerTools } from '../wire/worker-host.ts'

const tools: WorkerTools = {
  uid: () => browserChance.uid(),
  whenReleased: (name, signal) => ('locks' in navigator ? whenReleased(name, signal) : new Promise(() => {})),
}

/** @param ownWorkers How this entry's own worker file is started, the best way first. */
export function browserEnvironment(ownWorkers: readonly { name: string; spawn: () => Worker }[]): SessionEnvironment {
  return {
    baseURL: () => document.baseURI,
    capabilities: () => browserCapabilities({ engine: typeof Worker === 'function' ? 'worker' : 'inline' }),
    uid: () => browserChance.uid(),
    saveBlob: 'document' in globalThis ? saveBlob : cannotSave,
    host: (options) => (hello, listener) => new LadderHost(hello, listener, rungs(options, ownWorkers)),
  }
}

/** The user's own worker, ours, ours by way of a blob, the page. */
function rungs(options: HostOptions, ownWorkers: readonly { name: string; spawn: () => Worker }[]): Rung[] {
  const { placement, createWorker, workerURL } = options
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

/** Milliseconds after which a saved blob's address is given back; the browser has opened it long before. */
const ADDRESS_LIFE = 60_000

function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), ADDRESS_LIFE)
}
