/** Owns: what the real servers serve; known to whoever compares. */

/** Bytes of what is served as `contentAt(1, 0, PLAIN_SIZE)`. */
export const PLAIN_SIZE = 600_000

/** A text that compresses well, with more than ASCII in it. */
export const text: string = Array.from({ length: 5000 }, (_, line) => `${line}: the same again, ü and 🙂\n`).join('')
