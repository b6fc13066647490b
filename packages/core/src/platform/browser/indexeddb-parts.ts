/**
 * The parts of one file in IndexedDB. A part's key says which bytes it holds, so what is there is known
 * without reading any of it. Parts never overlap: what a newer one covers is cut away in the same transaction.
 */
import { committed, settled, type Transact } from './record-connection.ts'

/** Half-open: `[from, to)`. */
export type Span = readonly [from: number, to: number]
/** Blobs stay on disk when they are read; private windows of WebKit refuse them, there it is buffers. */
export type Part = Blob | ArrayBuffer

/** The keys of everything in a namespace, or of one file in it: in IndexedDB's order, arrays come after all else. */
export const partsOf = (...within: [namespace: string, id?: string]): IDBKeyRange =>
  IDBKeyRange.bound(within, [...within, []])

export class FileParts {
  readonly #transact: Transact
  readonly #file: readonly [namespace: string, id: string]
  #spans: Span[]

  private constructor(transact: Transact, file: readonly [string, string], spans: Span[]) {
    this.#transact = transact
    this.#file = file
    this.#spans = spans
  }

  /** Null when the file is not there. */
  static async find(transact: Transact, namespace: string, id: string): Promise<FileParts | null> {
    const range = partsOf(namespace, id)
    const keys = await transact('readonly', (store) => settled(store.getAllKeys(range)))
    const spans = (keys as [string, string, number, number][]).map(([, , from, to]): Span => [from, to])
    return keys.length === 0 ? null : new FileParts(transact, [namespace, id], spans)
  }

  /** A file without bytes; its one part, of no length, says that it is there. */
  static async create(transact: Transact, namespace: string, id: string): Promise<FileParts> {
    const parts = new FileParts(transact, [namespace, id], [])
    await parts.replace([0, 0], new ArrayBuffer(0))
    return parts
  }

  get size(): number {
    return Math.max(0, ...this.#spans.map(([, to]) => to))
  }

  /** Puts `part` where these bytes were, or nothing. Doing it twice does no harm. */
  replace([from, to]: Span, part: Part | null): Promise<unknown> {
    const covered = this.#spans.filter((span) => span[0] < to && span[1] > from)
    const edges = (span: Span): Span[] => {
      const both: Span[] = [[span[0], from], [to, span[1]]]
      return both.filter(([start, end]) => start < end)
    }
    this.#spans = this.#spans.filter((span) => !covered.includes(span)).concat(covered.flatMap(edges))
    if (part) this.#spans.push([from, to])
    return this.#transact('readwrite', (store) => {
      for (const span of covered) {
        const found = store.get(this.#key(span)) as IDBRequest<Part | undefined>
        store.delete(this.#key(span))
        found.onsuccess = () => {
          for (const [start, end] of edges(span))
            if (found.result) store.put(found.result.slice(start - span[0], end - span[0]), this.#key([start, end]))
        }
      }
      if (part) store.put(part, this.#key([from, to]))
      return committed(store)
    })
  }

  /** What `[from, to)` consists of, up to the first gap: which bytes of which part. */
  #pieces(from: number, to: number): { span: Span; start: number; end: number }[] {
    const pieces: { span: Span; start: number; end: number }[] = []
    let at = from
    for (const span of this.#spans.toSorted((left, right) => left[0] - right[0])) {
      if (span[1] <= at) continue
      if (span[0] > at || at >= to) break
      const end = Math.min(to, span[1])
      pieces.push({ span, start: at - span[0], end: end - span[0] })
      at = end
    }
    return pieces
  }

  /** The bytes of `[from, to)` up to the first gap, by reference where parts are blobs. */
  async slice([from, to]: Span, type: string): Promise<Blob> {
    const blobs = await this.#transact('readonly', (store) =>
      Promise.all(
        this.#pieces(from, to).map(async ({ span, start, end }) => {
          const part = (await settled(store.get(this.#key(span)))) as Part | undefined
          // A buffer becomes a blob as soon as it is read, so that browsers can put it on disk again.
          return part && new Blob([part]).slice(start, end)
        }),
      ),
    )
    // A part that has gone leaves a gap: nothing behind it may move up.
    const gap = blobs.indexOf(undefined)
    return new Blob((gap < 0 ? blobs : blobs.slice(0, gap)) as Blob[], { type })
  }

  #key([from, to]: Span): IDBValidKey {
    return [...this.#file, from, to]
  }
}
