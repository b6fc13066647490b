/**
 * How long a suspended transfer keeps its connection. Nobody reads it, but that stops the server only where the browser hands the
 * pressure on: Firefox and WebKit take what comes and keep it in memory, and nothing tells them from others. So it is kept for as
 * long as what we are ready to spend lasts, at the speed seen last.
 */

/** Bytes that may pile up. */
const SPARE = 32 << 20

/** Bytes a millisecond of an answer whose speed is not measured yet: it is held for a second. */
export const UNKNOWN_SPEED: number = SPARE / 1000

/**
 * Milliseconds.
 *
 * @param most The longest.
 * @param left Bytes that are to come, Infinity where that is not known.
 * @param speed Bytes a millisecond; 0 while there is no answer, since nothing piles up then.
 */
export function holdTime(most: number, left: number, speed: number): number {
  return left > SPARE ? Math.min(most, SPARE / speed) : most
}
