/** Which of the engines are on this machine, and how they are started. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, globSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Browser, EngineName, LaunchOptions } from './browser.ts'
import { launchFirefox } from './firefox.ts'
import { launchWebKitGTK } from './webkitgtk.ts'

export interface Engine {
  readonly name: EngineName
  readonly launch: (options: LaunchOptions) => Promise<Browser>
  /** Environment variable that names another executable. */
  readonly variable: string
  readonly places: () => readonly string[]
  /** Other programs that it needs, unless the variable that is their value is set. */
  readonly needs: Readonly<Record<string, string>>
  readonly install: string
}

export const engines: readonly Engine[] = [
  {
    name: 'firefox',
    launch: launchFirefox,
    variable: 'FIREFOX_PATH',
    places: () => [...onPath('firefox-esr'), ...onPath('firefox'), '/Applications/Firefox.app/Contents/MacOS/firefox'],
    needs: {},
    install: 'apt-get install firefox-esr',
  },
  {
    name: 'webkitgtk',
    launch: launchWebKitGTK,
    variable: 'WEBKITGTK_PATH',
    places: () => globSync('/usr/{lib,lib/*-linux-gnu,libexec}/webkit{2gtk,gtk}-*/MiniBrowser').toSorted().toReversed(),
    needs: { Xvfb: 'DISPLAY' },
    install: 'apt-get install webkit2gtk-driver xvfb',
  },
]

export interface Installed {
  readonly executable: string
  /** Null where it cannot tell without a display. */
  readonly version: string | null
}

/** Or why it cannot be had here. */
export function find({ variable, places, needs, install }: Engine): Installed | string {
  const wanted = process.env[variable]
  const executable = (wanted ? [wanted] : places()).find(runs)
  if (executable === undefined)
    return wanted ? `${variable} is ${wanted}, which cannot be run` : `not installed (${install})`
  const missing = Object.entries(needs).find(
    ([program, place]) => !process.env[place] && onPath(program).find(runs) === undefined,
  )
  if (missing) return `${missing[0]} is not installed (${install})`
  const said = spawnSync(executable, ['--version'], { encoding: 'utf8', timeout: 20_000 }).stdout
  return { executable, version: /\d+(?:\.\d+)+\w*/.exec(said ?? '')?.[0] ?? null }
}

function onPath(program: string): string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, program))
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
