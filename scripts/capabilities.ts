/**
 * Owns `docs/capabilities.md`, which says for each platform what it can do. Nobody writes it: it is made of what the tests
 * `capabilities-are-measured` found (`packages/core/test/session/measured`). `--check` fails where the document says something else.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

type Row = { readonly value: unknown; readonly reason: string }
type Found = { readonly [name: string]: Row }

const root = join(import.meta.dirname, '..')
const document = join(root, 'docs/capabilities.md')

/** What a row is about: its question. */
const questions: { readonly [name: string]: string } = {
  redirects: 'Who decides about redirects',
  cookies: 'Whose cookies are used',
  uploadProgress: 'What is known of a body that is being sent',
  requestStreams: 'A stream as a request’s body',
  backgroundFetch: 'Downloads while no page or process is there',
  pingFrames: 'WebSocket pings',
  socketHeaders: 'Headers with a WebSocket’s handshake',
  socketPauses: 'A WebSocket’s server waits for a slow receiver',
  sharedSockets: 'One WebSocket for many tabs',
  proxy: 'A proxy of the session’s choice',
  rawSockets: 'Sockets without HTTP',
  fileStore: 'Where downloads are stored',
  engine: 'Where transfers run',
  survivesRestart: 'Transfers go on after page or process died',
}

const text = documentOf({ Chromium: foundIn('chromium'), Node: foundIn('node') })
if (process.argv.includes('--check')) {
  const isCurrent = readFileSync(document, 'utf8') === text
  if (!isCurrent) console.error('docs/capabilities.md is not what was measured: run `pnpm capabilities`')
  process.exitCode = isCurrent ? 0 : 1
} else writeFileSync(document, text)

function foundIn(platform: string): Found {
  return JSON.parse(readFileSync(join(root, `packages/core/test/session/measured/${platform}.json`), 'utf8')) as Found
}

function documentOf(platforms: { readonly [name: string]: Found }): string {
  const names = Object.keys(Object.values(platforms)[0] ?? {})
  const unknown = names.filter((name) => !(name in questions))
  if (unknown.length > 0) throw new Error(`scripts/capabilities.ts has no words for ${unknown.join(', ')}`)
  const order = Object.keys(questions).filter((name) => names.includes(name))
  const reasons = order.flatMap((name) => [
    `## ${name}`,
    '',
    `${questions[name] ?? ''}.`,
    '',
    ...Object.entries(platforms).map(
      ([platform, found]) => `- ${platform}: ${shown(found[name])}; ${found[name]?.reason ?? ''}.`,
    ),
    '',
  ])
  return [
    '# What each platform can do',
    '',
    '`session.capabilities` says it before anything is tried, with these reasons in `session.capabilities.reasons`. This page is made by',
    '`pnpm capabilities` of what tests found by doing it (`capabilities-are-measured` in `packages/core/test/session`); do not edit it.',
    'Firefox and Safari are measured by the same tests, where `pnpm test:engines` finds them.',
    '',
    ...table(
      ['', ...Object.keys(platforms)],
      order.map((name) => [
        `[\`${name}\`](#${name.toLowerCase()})`,
        ...Object.values(platforms).map((found) => shown(found[name])),
      ]),
    ),
    '',
    ...reasons.slice(0, -1),
    '',
  ].join('\n')
}

function shown(row: Row | undefined): string {
  if (typeof row?.value === 'boolean') return row.value ? 'yes' : 'no'
  return `\`'${String(row?.value)}'\``
}

/** A Markdown table whose columns line up. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((cell, column) => Math.max(3, cell.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)]
}
