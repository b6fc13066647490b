/**
 * Owns which Chromium the tests drive, and getting one where there is none.
 * `findBrowser` only looks and is cheap enough for a configuration file; `ensureBrowser` may install. Run directly, it ensures and reports.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright'

export interface Browser {
  readonly executablePath: string
  readonly args: string[]
  readonly version: string
}

/** Older ones lack what the tests stand on: modes of sync access handles, async iteration of streams. */
const oldestMajor = 126

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'microsoft-edge-stable',
]

const usualPlaces: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
}

const isRoot = process.getuid?.() === 0
const args: string[] = isRoot ? ['--no-sandbox'] : []

/** The first usable browser, or null. A `CHROMIUM_PATH` that does not run is an error: it was asked for. */
export function findBrowser(): Browser | null {
  const wanted = process.env['CHROMIUM_PATH']
  if (wanted) {
    const browser = probe(wanted)
    if (browser) return browser
    throw new Error(`CHROMIUM_PATH is ${wanted}, which is not a Chromium of version ${oldestMajor} or newer.`)
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const onPath = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  for (const path of [chromium.executablePath(), ...onPath, ...(usualPlaces[process.platform] ?? [])]) {
    const browser = probe(path)
    if (browser) return browser
  }
  return null
}

/** Finds a browser, or installs one: Playwright's own first, then the system's. */
export function ensureBrowser(): Browser {
  return findBrowser() ?? installPlaywrights() ?? installSystems() ?? fail()
}

function probe(executablePath: string): Browser | null {
  try {
    accessSync(executablePath, constants.X_OK)
    const said = execFileSync(executablePath, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 20_000,
    })
    const version = /\d+(?:\.\d+)+/.exec(said)?.[0] ?? '0'
    return Number.parseInt(version, 10) >= oldestMajor ? { executablePath, args, version } : null
  } catch {
    return null
  }
}

/** The browser first and its system packages after: the other way round installs dozens of packages before the download can fail. */
function installPlaywrights(): Browser | null {
  const playwright = (...command: string[]): boolean => run('playwright', command)
  if (!playwright('install', 'chromium')) return null
  if (isRoot && process.platform === 'linux') playwright('install-deps', 'chromium')
  return findBrowser()
}

function installSystems(): Browser | null {
  if (!isRoot || !run('apt-get', ['update'])) return null
  run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-liberation'])
  return findBrowser()
}

function run(command: string, words: string[]): boolean {
  console.log(`$ ${command} ${words.join(' ')}`)
  return spawnSync(command, words, { stdio: 'inherit' }).status === 0
}

function fail(): never {
  throw new Error(
    `No Chromium ${oldestMajor} or newer was found, and none could be installed. ` +
      'Install Chromium, Chrome or Edge, or name one in CHROMIUM_PATH.',
  )
}

if (import.meta.filename === process.argv[1]) {
  const { executablePath, version } = ensureBrowser()
  console.log(`Chromium ${version} at ${executablePath}`)
}
