/** What the session says about this browser: where bytes go, where the engine runs, and why; and how much room there is. */
import type { URLSession } from 'urlsession'
import { bytes } from '../words.ts'
import { find, make, write } from './dom.ts'

const rows = [
  ['fileStore', 'Bytes are kept in'],
  ['engine', 'Transfers run in'],
  ['survivesRestart', 'Survives a restart'],
] as const

const names: Readonly<Record<string, string>> = {
  opfs: 'OPFS, the browser’s file system for this site',
  indexeddb: 'IndexedDB, in parts',
  memory: 'memory',
  worker: 'a worker',
  inline: 'this page',
  true: 'yes',
  false: 'no',
}

/** Known for certain once the engine runs; before that, what the browser promises. */
export function showHood({ capabilities }: URLSession): void {
  const entries = rows.flatMap(([row, title]) => {
    const value = String(capabilities[row])
    const reason = make('span', { className: 'fine' }, capabilities.reasons[row])
    return [make('dt', {}, title), make('dd', {}, make('b', {}, names[value] ?? value), reason)]
  })
  find('hood', HTMLDListElement).replaceChildren(...entries)
}

/**
 * How much this site stores, and how much it may.
 *
 * @param known Bytes of which the page itself knows: browsers count a file late, and Chromium none of what it had not counted when it
 *   was killed.
 */
export async function showStorage(known: number): Promise<void> {
  const { usage, quota } = (await navigator.storage?.estimate?.()) ?? {}
  if (usage === undefined || quota === undefined) return
  const element = find('storage', HTMLParagraphElement)
  write(element, `${bytes(Math.max(usage, known))} stored of ${bytes(quota)} this browser allows`)
  element.hidden = false
}
