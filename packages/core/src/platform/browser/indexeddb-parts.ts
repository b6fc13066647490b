/**
 * The parts of one file in IndexedDB. A part's key says which bytes it holds, so what is there is known
 * without reading any of it. Parts never overlap: what a newer one covers is cut away in the same transaction.
 */
import { committed, settled, type Transact } from './record-connection.ts'

/** Half-open: `[from, to)`. */
export type Span = readonly [from: number, to: number]
/** Blobs stay on disk when they are read; private windows of WebKit refuse them, there it is buffers. */
export type Part = Blob | ArrayBuffer
/**
 * Which bytes of the file a part holds, and where in the stored value they begin. A part that is cut keeps
 * its value: Firefox stores the whole of a blob that was sliced.
 */
type Place = readonly [from: number, to: number, skip: number]

/** The keys of everything in a namespace, or of one file in it: in IndexedDB's order, arrays come after all else. */
export const partsOf = (...within: [namespace: string, id?: string]): IDBKeyRange =>
  IDBKeyRange.bound(within, [...within, []])

export class FileParts {
  readonly #transact: Transact
  readonly #file: readonly [namespace: string, id: string]
  #places: Place[]

  private constructor(transact: Transact, file: readonly [string, string], places: Place[]) {
    this.#transact = transact
    this.#file = file
    this.#places = places
  }

  /** Null when the file is not there. */
  static async find(transact: Transact, namespace: string, id: string): Promise<FileParts | null> {
    const keys = await transact('readonly', (store) => settled(store.getAllKeys(partsOf(namespace, id))))
    const places = (keys as [string, string, ...Place][]).map(([, , ...place]): Place => place)
    return keys.length === 0 ? null : new FileParts(transact, [namespace, id], places)
  }

  /** A file without bytes; its one part, of no length, says that it is there. */
  static async create(transact: Transact, namespace: string, id: string): Promise<FileParts> {
    const parts = new FileParts(transact, [namespace, id], [])
    await parts.replace([0, 0], new ArrayBuffer(0))
    return parts
  }

  get size(): number {
    return this.#places.reduce((end, [, to]) => Math.max(end, to), 0)
  }

  /** Puts `part` where these bytes were, or nothing. Doing it twice does no harm. */
  replace([from, to]: Span, part: Part | null): Promise<unknown> {
    const covered = this.#places.filter((place) => place[0] < to && place[1] > from)
    /** What is left of a part that is covered: its beginning, its end, both or nothing. */
    const rest = ([start, end, skip]: Place): Place[] => {
      const both: Place[] = [
        [start, from, skip],
        [to, end, skip + to - start],
      ]
      return both.filter((place) => place[0] < place[1])
    }
    this.#places = this.#places.filter((place) => !covered.includes(place)).concat(covered.flatMap(rest))
    if (part) this.#places.push([from, to, 0])
    return this.#transact('readwrite', (store) => {
      for (const place of covered) {
        const found = store.get(this.#key(place)) as IDBRequest<Part | undefined>
        store.delete(this.#key(place))
        found.onsuccess = () => {
          for (const left of rest(place)) if (found.result) store.put(found.result, this.#key(left))
        }
      }
      if (part) store.put(part, this.#key([from, to, 0]))
      return committed(store)
    })
  }

  /** The bytes of `[from, to)` up to the first gap, by reference where parts are blobs. */
  async slice([from, to]: Span, type: string): Promise<Blob> {
    const blobs = await this.#transact('readonly', (store) =>
      Promise.all(
        this.#piecesOf(from, to).map(async (place) => {
          const part = (await settled(store.get(this.#key(place)))) as Part | undefined
          const [start, end, skip] = place
          // A buffer becomes a blob as soon as it is read, so that browsers can put it on disk again.
          return part && new Blob([part]).slice(Math.max(from, start) - start + skip, Math.min(to, end) - start + skip)
        }),
      ),
    )
    // A part that has gone leaves a gap: nothing behind it may move up.
    const gap = blobs.indexOf(undefined)
    return new Blob((gap < 0 ? blobs : blobs.slice(0, gap)) as Blob[], { type })
  }

  /** The parts that `[from, to)` consists of, up to the first gap. */
  #piecesOf(from: number, to: number): Place[] {
    let at = from
    return this.#places
      .toSorted((left, right) => left[0] - right[0])
      .filter(([start, end]) => {
        const next = start <= at && end > at && at < to
        if (next) at = end
        return next
      })
  }

  #key(place: Place): IDBValidKey {
    return [...this.#file, ...place]
  }
}
