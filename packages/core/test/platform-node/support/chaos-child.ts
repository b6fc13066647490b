/**
 * A process that takes and releases one lock for ever, and writes down when it has it. Its parent kills and
 * stops it whenever it likes: see lock-chaos.ts.
 */
import { openSync, writeSync } from 'node:fs'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { openLockFiles } from '../../../src/platform/node/lock-files.ts'

const [folder, logPath] = process.argv.slice(2) as [string, string]
const locks = await openLockFiles(folder)
const log = openSync(logPath, 'a')
const say = (what: string): void => void writeSync(log, `${what} ${process.pid}\n`)
// A child that lost its parent must not go on for ever.
process.on('disconnect', () => process.exit())
process.send?.('ready')

for (;;) {
  const lock = await locks.acquire('chaos')
  if (lock) {
    say('start')
    // Some never let go: whoever wants the lock then must find out that they were killed.
    const beats = Math.random() < 0.3 ? Number.POSITIVE_INFINITY : 20
    for (let beat = 0; beat < beats; beat++) {
      if (beat < 20) await setImmediate()
      else await setTimeout(2)
      say('still')
    }
    say('end')
    await lock.release()
  }
  // Leaves the processor to the others: with many of us on few cores nobody would get anywhere.
  await setTimeout(Math.random() * 20)
}
