/**
 * `pnpm bench`: measures the built package beside other ways to do the same, in one run on one machine, and writes `results.md`.
 * It fails on no number: machines differ, and what is to be read are the ratios.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { browserMemory } from './browser/memory.ts'
import { browserVersion } from './browser/open.ts'
import { browserPage } from './browser/page.ts'
import { browserRequests } from './browser/requests.ts'
import { browserThroughput } from './browser/throughput.ts'
import { browserUploads, slowUploads, uploadMemory } from './browser/uploads.ts'
import { nodeMemory, nodeThroughput } from './node/measure.ts'
import { tableOf } from './support/report.ts'
import { readSettings, type Settings } from './support/settings.ts'
import { browserSockets, nodeSockets } from './support/sockets.ts'
import { makeFile, makeSmallFile, makeStage, type Stage } from './support/stage.ts'

const settings = readSettings(process.argv.slice(2), join(import.meta.dirname, 'results.md'))
const load = loadavg()[0] ?? 0
const stage = await makeStage()
const sections: string[] = []
try {
  await measure(stage, settings)
} finally {
  await stage.close()
  writeFileSync(settings.out, `${head()}\n${sections.join('\n')}`)
  // Kept in the repository, so it is to look like all that is.
  spawnSync('oxfmt', [settings.out], { stdio: 'inherit' })
}

async function measure(on: Stage, { size, large, rounds, only }: Settings): Promise<void> {
  const file = await makeFile(on, size)
  const mebi = size / 2 ** 20
  if (only.includes('browser')) show(tableOf(`Chromium, ${mebi} MiB`, await browserThroughput(on, file, rounds)))
  if (only.includes('page')) show(tableOf('Chromium, the page', await browserPage(on, file, rounds)))
  if (only.includes('requests'))
    show(tableOf('Chromium, requests of 1 KiB', await browserRequests(on, makeSmallFile(on), rounds)))
  if (only.includes('uploads')) {
    show(tableOf(`Chromium, uploads of ${mebi} MiB`, await browserUploads(on, file, rounds)))
    const [small, pace] = [await makeFile(on, 48 << 20), 4 << 20]
    const title = 'Chromium, uploads of 48 MiB, 4 MiB/s on each connection'
    show(tableOf(title, await slowUploads(on, small, Math.min(3, rounds), pace)))
    show(tableOf('Memory of uploads', await uploadMemory(on, [small, file], Math.min(3, rounds))))
  }
  if (only.includes('sockets')) {
    show(tableOf('Chromium, messages over a WebSocket', await browserSockets(on, rounds)))
    show(tableOf('Node, messages over a WebSocket', await nodeSockets(rounds)))
  }
  if (only.includes('node')) show(tableOf(`Node, ${mebi} MiB`, await nodeThroughput(on, file, rounds)))
  if (only.includes('memory')) {
    // Of the large file a few rounds take long enough.
    const few = Math.min(3, rounds)
    const files = [file, await makeFile(on, large)]
    show(tableOf('Memory', [...(await browserMemory(on, files, few)), ...(await nodeMemory(on, files, few))]))
  }
  if (only.includes('sizes')) show(sizes())
}

function show(section: string): void {
  console.log(section)
  sections.push(section)
}

/** The budgets' own script says it best. */
function sizes(): string {
  const script = join(import.meta.dirname, '../../scripts/sizes.ts')
  const { stdout: text } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
  return `## Sizes: minified, gzip, brotli\n\n\`\`\`\n${text.trimEnd()}\n\`\`\`\n`
}

function head(): string {
  const { size, rounds, note } = settings
  const model = cpus()[0]?.model ?? 'unknown'
  return [
    '# Measurements',
    '',
    `Written by \`pnpm bench\` on ${new Date().toISOString().slice(0, 10)}; medians of ${rounds} interleaved rounds of ${size / 2 ** 20} MiB over loopback.`,
    `${cpus().length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${release()}; load before: ${load.toFixed(1)}.`,
    `${browserVersion()}, Node ${process.versions.node}, ${stage.server.name}.`,
    'Machines differ: read the ratios.',
    ...(note === '' ? [] : ['', `**${note}**`]),
    '',
  ].join('\n')
}
