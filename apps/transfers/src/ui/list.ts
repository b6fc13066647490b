/** The list of downloads and uploads: a row for each, in order, drawn a few times a second at most; and where the focus goes when a row does. */
import { describe, type Action } from '../downloads/describe.ts'
import type { Download } from '../downloads/download.ts'
import type { Downloads } from '../downloads/downloads.ts'
import type { Meter } from '../downloads/meter.ts'
import type { Verifications } from '../verify/verifications.ts'
import { counted } from '../words.ts'
import { find, messageOf, write } from './dom.ts'
import { Row } from './row.ts'

export interface ListTools {
  readonly downloads: Downloads
  readonly meter: Meter
  readonly verifications: Verifications
  readonly act: (download: Download, action: Action) => Promise<void>
}

/** Milliseconds in which changes are collected. */
const DELAY = 30

export class List {
  readonly #tools: ListTools
  readonly #rows = new Map<string, Row>()
  readonly #stale = new Set<string>()
  /** What went wrong when a button was pressed. */
  readonly #troubles = new Map<string, string>()
  #complete = false
  readonly #element = find('rows', HTMLUListElement)
  #drawing = false

  constructor(tools: ListTools) {
    this.#tools = tools
    tools.downloads.onChange((key) => this.invalidate(key))
    // Speed, time left and silence change by time alone.
    tools.meter.onSample(() => tools.downloads.live().forEach(({ key }) => this.invalidate(key)))
  }

  /** Everything from earlier is there now; only then can the list be called empty. */
  opened(): void {
    this.#complete = true
    this.#summarize()
  }

  /** Draws a row anew, soon. */
  invalidate(key: string): void {
    this.#stale.add(key)
    if (this.#drawing) return
    this.#drawing = true
    // Not by animation frames: a hidden tab has none, and its title is all that is seen of it.
    setTimeout(() => this.#draw(), DELAY)
  }

  #draw(): void {
    this.#drawing = false
    for (const key of this.#stale) {
      const download = this.#tools.downloads.get(key)
      if (download) this.#show(download)
      else this.#remove(key)
    }
    this.#stale.clear()
    this.#summarize()
  }

  #show(download: Download): void {
    const { meter, verifications } = this.#tools
    const { key, name, url } = download
    const row = this.#rows.get(key) ?? this.#insert(key)
    const description = describe(download, meter.silence(key))
    row.show({
      ...description,
      notice: this.#troubles.get(key) ?? description.notice,
      name,
      url,
      verification: download.kind === 'done' ? verifications.get(key) : null,
      goesOn: download.kind !== 'stopped' || download.resumeData !== null,
    })
  }

  #insert(key: string): Row {
    const row = new Row((action) => this.#act(key, action))
    const next = [...this.#rows.keys()]
      .filter((other) => other < key)
      .toSorted()
      .at(-1)
    this.#rows.set(key, row)
    this.#element.insertBefore(row.element, next === undefined ? null : (this.#rows.get(next)?.element ?? null))
    return row
  }

  #act(key: string, action: Action): void {
    const download = this.#tools.downloads.get(key)
    if (!download) return
    this.#troubles.delete(key)
    this.#tools.act(download, action).catch((error: unknown) => {
      this.#troubles.set(key, messageOf(error))
      this.invalidate(key)
    })
  }

  #remove(key: string): void {
    const row = this.#rows.get(key)
    if (!row) return
    const hadFocus = row.element.contains(document.activeElement)
    const order = [...this.#rows.keys()].toSorted().toReversed()
    const at = order.indexOf(key)
    this.#rows.delete(key)
    this.#troubles.delete(key)
    row.element.remove()
    if (!hadFocus) return
    const neighbour = order[at + 1] ?? order[at - 1]
    if (neighbour === undefined) find('downloads', HTMLHeadingElement).focus()
    else this.#rows.get(neighbour)?.focus()
  }

  #summarize(): void {
    const all = this.#tools.downloads.all()
    const live = this.#tools.downloads.live()
    const paused = live.filter(({ task }) => task.state === 'suspended').length
    const stopped = all.filter((one) => one.kind === 'stopped' || (one.kind === 'sent' && one.trouble !== null)).length
    const parts: [number, string][] = [
      [live.length - paused, 'under way'],
      [paused, 'paused'],
      [stopped, 'stopped'],
      [all.length - live.length - stopped, 'finished'],
    ]
    const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`)
    write(find('summary', HTMLParagraphElement), said.join(', '))
    find('empty', HTMLParagraphElement).hidden = all.length > 0 || !this.#complete
    find('pause-all', HTMLButtonElement).hidden = live.length < 2
    find('resume-all', HTMLButtonElement).hidden = live.length < 2
    document.title = live.length > 0 ? `${counted(live.length, 'transfer')} – Transfers` : 'Transfers'
  }
}
