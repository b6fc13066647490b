/** A process that writes a file for ever, and tells its parent what it has flushed. */
import { contentAt } from '../../../../testing/src/origin/content.ts'
import { openDiskFiles } from '../../../src/platform/node/disk-files.ts'

const [folder, id] = process.argv.slice(2) as [string, string]
const writer = await (await openDiskFiles(folder)).open(id)
process.on('disconnect', () => process.exit())

for (let at = 0; ;) {
  for (let piece = 0; piece < 7; piece++) {
    const length = 1 + ((at * 31) % 400_000)
    await writer.write(contentAt(1, at, length), at)
    at += length
  }
  await writer.flush()
  process.send?.(at)
}
