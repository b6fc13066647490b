/** Which bytes of a file a server has, lane by lane, and which are next. Knows nothing of requests. */
import type { UploadedPiece, UploadLanes } from '../../model/upload-protocol.ts'

export interface Part {
  readonly from: number
  readonly to: number
}

export class UploadParts {
  readonly #sizeNow: () => number
  readonly #lanes: UploadLanes
  /** By number of lane. */
  readonly #pieces = new Map<number, UploadedPiece>()
  readonly #busy = new Set<number>()

  /** @param size Asked again and again: of a stream that is still being read it is not known at first. */
  constructor(size: () => number, lanes: UploadLanes | null, pieces: readonly UploadedPiece[]) {
    this.#sizeNow = size
    // A protocol of the user's own, or resume data, may say anything: lanes of nothing would have no end.
    this.#lanes = lanes && lanes.size > 0 ? lanes : { size: Math.max(1, size()), whole: false }
    this.reset(pieces)
  }

  /** All that the server has, in order. */
  get pieces(): UploadedPiece[] {
    return [...this.#pieces.values()].toSorted((one, other) => one.from - other.from)
  }

  get accepted(): number {
    return this.pieces.reduce((sum, { from, to }) => sum + to - from, 0)
  }

  get isWhole(): boolean {
    return this.accepted === this.#size
  }

  /** What the server said that it has: nothing else counts. */
  reset(pieces: readonly UploadedPiece[]): void {
    this.#pieces.clear()
    this.#busy.clear()
    for (const piece of pieces) if (piece.to > piece.from) this.#pieces.set(this.#laneOf(piece.from), piece)
  }

  /**
   * The next part, of at most so many bytes; null where nothing is left, or what is left is on its way, or not there yet.
   * @param ready Bytes of the file that are there; fewer than `worthwhile` are not taken while more may come.
   */
  take(most: number, ready: number = this.#size, worthwhile: number = 1): Part | null {
    for (let lane = 0; lane * this.#lanes.size < this.#size; lane++) {
      const start = lane * this.#lanes.size
      const end = Math.min(start + this.#lanes.size, this.#size)
      const from = this.#pieces.get(lane)?.to ?? start
      if (from >= end || this.#busy.has(lane)) continue
      const to = this.#lanes.whole ? end : Math.min(end, from + most, ready)
      if (to < end && to - from < Math.min(most, worthwhile)) return null
      this.#busy.add(lane)
      return { from, to }
    }
    return null
  }

  /** The part was sent, and the server has the lane up to `accepted`. */
  done({ from }: Part, accepted: number, receipt: UploadedPiece['receipt']): void {
    const lane = this.#laneOf(from)
    this.#busy.delete(lane)
    const start = lane * this.#lanes.size
    if (accepted > start)
      this.#pieces.set(lane, { from: start, to: accepted, ...(receipt !== undefined && { receipt }) })
  }

  /** The part did not get there, and is to be sent again. */
  drop({ from }: Part): void {
    this.#busy.delete(this.#laneOf(from))
  }

  get #size(): number {
    return this.#sizeNow()
  }

  #laneOf(at: number): number {
    return Math.floor(at / this.#lanes.size)
  }
}
