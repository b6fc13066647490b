/** A process that writes one record over and over, and tells its parent which is safe. */
import { openFileRecords } from '../../../src/platform/node/file-records.ts'

const [folder, from] = process.argv.slice(2) as [string, string]
const records = await openFileRecords(folder)
process.on('disconnect', () => process.exit())

for (let count = Number(from) + 1; ; count++) {
  await records.set('the/record', { count, filler: String(count % 10).repeat(20_000) })
  process.send?.(count)
}
