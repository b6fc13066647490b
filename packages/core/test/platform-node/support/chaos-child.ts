/**
 * A process that takes and releases one lock for ever, and writes down when it has it. Its parent kills and
 * stops it whenever it likes: see lock-chaos.ts.
 */
import { openSync, writeSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
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
    for (let beat = 0; beat < 5; beat++) {
      await setImmediate()
      say('still')
    }
    say('end')
    await lock.release()
  }
  await setImmediate()
}
