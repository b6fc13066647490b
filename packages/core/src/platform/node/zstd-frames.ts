/**
 * Owns: where the frames of a zstd stream end (RFC 8878 §3). Why: Node's decoder reports a stream that is
 * cut short as a success, and stops when one piece holds the end of a frame and the start of the next.
 */

/** The next `take` bytes are read as one little-endian number, the next `skip` bytes are passed over. */
type Step = { readonly take: number } | { readonly skip: number }

export class ZstdFrames {
  #frame = oneFrame()
  #step: Step
  /** Bytes of the step that were seen, and the number they make up. */
  #seen = 0
  #number = 0
  #started = false

  constructor() {
    this.#step = this.#first()
  }

  /** True between frames: the only place where a stream may end. */
  get complete(): boolean {
    return !this.#started
  }

  /** The bytes in pieces, none of which reaches over the end of a frame. */
  split(bytes: Uint8Array): Uint8Array[] {
    const pieces: Uint8Array[] = []
    let from = 0
    for (let at = 0; at < bytes.length;) {
      this.#started = true
      at += this.#advance(bytes, at)
      if (this.#seen < lengthOf(this.#step)) continue
      const next = this.#frame.next(this.#number)
      this.#seen = 0
      this.#number = 0
      if (next.done !== true) {
        this.#step = next.value
        continue
      }
      pieces.push(bytes.subarray(from, at))
      from = at
      this.#frame = oneFrame()
      this.#step = this.#first()
      this.#started = false
    }
    if (from < bytes.length) pieces.push(bytes.subarray(from))
    return pieces
  }

  #first(): Step {
    const first = this.#frame.next(0)
    return first.done === true ? { skip: 0 } : first.value
  }

  /** Uses bytes for the current step; how many. */
  #advance(bytes: Uint8Array, at: number): number {
    const wanted = lengthOf(this.#step) - this.#seen
    const used = Math.min(wanted, bytes.length - at)
    if ('take' in this.#step)
      for (let index = 0; index < used; index++) this.#number += (bytes[at + index] ?? 0) * 256 ** (this.#seen + index)
    this.#seen += used
    return used
  }
}

const lengthOf = (step: Step): number => ('take' in step ? step.take : step.skip)

/** Steps of no length are never given out: they would be waited for. */
function* oneFrame(): Generator<Step, void, number> {
  const magic = yield { take: 4 }
  if (magic >= 0x184d2a50 && magic <= 0x184d2a5f) {
    const size = yield { take: 4 }
    if (size > 0) yield { skip: size }
    return
  }
  // Anything else that is no frame the decoder refuses by itself.
  const descriptor = yield { take: 1 }
  const single = (descriptor & 0x20) !== 0
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0
  const contentSize = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0
  const rest = (single ? 0 : 1) + dictionary + contentSize
  if (rest > 0) yield { skip: rest }
  for (let last = false; !last;) {
    const header = yield { take: 3 }
    last = (header & 1) === 1
    const repeated = ((header >> 1) & 3) === 1
    const size = repeated ? 1 : header >> 3
    if (size > 0) yield { skip: size }
  }
  if ((descriptor & 4) !== 0) yield { skip: 4 }
}
