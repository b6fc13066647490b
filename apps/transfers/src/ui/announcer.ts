/** Tells a screen reader what changed: only where a download now stands, only once it stays there, several at a time. */
import type { Downloads } from '../downloads/downloads.ts'
import { spoken } from '../downloads/describe.ts'
import { find, write } from './dom.ts'

/** Milliseconds a state must last before it is worth a word. */
const PATIENCE = 1200
/** Named in one breath; the rest is counted. */
const MOST = 3

export function announceChanges(downloads: Downloads): void {
  const region = find('announcer', HTMLDivElement)
  const said = new Map<string, string>()
  const pending = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | null = null

  // What is there when the page opens is read in the list, and not out loud.
  for (const download of downloads.all()) said.set(download.key, spoken(download))

  const speak = (): void => {
    timer = null
    const news: string[] = []
    for (const key of pending) {
      const download = downloads.get(key)
      if (!download) said.delete(key)
      else if (said.get(key) !== spoken(download)) {
        said.set(key, spoken(download))
        news.push(`${download.name}: ${spoken(download)}`)
      }
    }
    pending.clear()
    if (news.length === 0) return
    const more = news.length - MOST
    write(region, [...news.slice(0, MOST), ...(more > 0 ? [`and ${more} more changes`] : [])].join('. '))
  }

  downloads.onChange((key) => {
    const download = downloads.get(key)
    if (download && said.get(key) === spoken(download)) pending.delete(key)
    else if (!pending.has(key)) {
      pending.add(key)
      if (timer !== null) clearTimeout(timer)
      timer = setTimeout(speak, PATIENCE)
    }
  })
}
