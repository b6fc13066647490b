/**
 * Owns: randomness and identifiers in Node. Why ordered by time: files and records then list in the order
 * they were made, and a person can tell which is the newest.
 */
import { randomBytes } from 'node:crypto'
import type { Chance } from '../../ports/clock.ts'

export const nodeChance: Chance = {
  next: () => Math.random(),
  uid,
}

let lastTime = 0
let counter = 0

/** A UUID of version 7: 48 bits of milliseconds, 12 bits that count within one, 62 bits of chance. */
function uid(): string {
  const now = Date.now()
  if (now > lastTime) {
    lastTime = now
    // Starts anywhere in the lower half, so that two processes rarely count the same numbers.
    counter = randomBytes(2).readUInt16BE() & 0x7ff
  } else {
    counter += 1
    if (counter > 0xfff) {
      // More than the count can hold, or a clock that went back: borrow from the future, order is what matters.
      lastTime += 1
      counter = 0
    }
  }
  const bytes = randomBytes(16)
  bytes.writeUIntBE(lastTime, 0, 6)
  bytes.writeUInt16BE(0x7000 | counter, 6)
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
