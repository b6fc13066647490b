/** Chance in a browser. `crypto.randomUUID` would need a secure context; this does not. */
import type { Chance } from '../../ports/clock.ts'

let last = 0

export const browserChance: Chance = {
  next: () => Math.random(),

  /** 34 characters: the time, never twice the same and never going back here, then 96 random bits. */
  uid() {
    last = Math.max(last + 1, Date.now())
    const random = crypto.getRandomValues(new Uint8Array(12))
    const text = Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')
    return `${last.toString(36).padStart(9, '0')}-${text}`
  },
}
