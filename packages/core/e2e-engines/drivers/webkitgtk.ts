/**
 * WebKitGTK's MiniBrowser, by the inspector's protocol: its WebDriver only ever opens private windows, which forget everything.
 * Needs a display, and makes one where there is none.
 */
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, LaunchOptions, Storage } from './browser.ts'
import { Program } from './process.ts'
import { openTab } from './webkitgtk-tab.ts'

/** What Safari has and WebKitGTK has too, but switched off. Sync access handles still fail there: their back end is missing. */
const likeSafari = [
  'FileSystem',
  'AccessHandle',
  'FileSystemWritableStream',
  'StorageAPI',
  'StorageAPIEstimate',
  'ReadableByteStreamAPI',
]

const wordsFor: Readonly<Record<Storage, readonly string[]>> = {
  usual: [features(likeSafari)],
  private: [features(likeSafari), '--private'],
  none: [features([], ['FileSystem', 'StorageAPI', 'IndexedDBAPI'])],
}

export async function launchWebKitGTK({ executable, profile, storage, onUncaught }: LaunchOptions): Promise<Browser> {
  const port = await freePort()
  const program = new Program(executable, [...wordsFor[storage], 'about:blank'], {
    DISPLAY: await display(),
    NO_AT_BRIDGE: '1',
    LIBGL_ALWAYS_SOFTWARE: '1',
    WEBKIT_INSPECTOR_HTTP_SERVER: `127.0.0.1:${port}`,
    XDG_DATA_HOME: join(profile, 'data'),
    XDG_CACHE_HOME: join(profile, 'cache'),
    XDG_CONFIG_HOME: join(profile, 'config'),
  })
  /** Every page that can be inspected; it has an address and no name. */
  const pages = async (): Promise<string[]> => {
    const listing = await (await fetch(`http://127.0.0.1:${port}/`)).text()
    return [...listing.matchAll(/\/socket\/\d+\/\d+\/WebPage/g)].map(([path]) => `ws://127.0.0.1:${port}${path}`)
  }
  const first = await program.until('its first page', async () => (await pages())[0])
  const tab = await openTab(first, onUncaught)
  return {
    tab,
    async newTab() {
      const before = await pages()
      await tab.evaluate(() => void globalThis.open('about:blank', '_blank', 'noopener'))
      const added = await program.until('its new tab', async () => (await pages()).find((one) => !before.includes(one)))
      return openTab(added, onUncaught)
    },
    kill: () => program.kill(),
  }
}

function features(on: readonly string[], off: readonly string[] = []): string {
  const switches = [...on, 'JavaScriptCanOpenWindowsAutomatically'].map((name) => `+${name}`)
  return `--features=${[...switches, ...off.map((name) => `-${name}`)].join(',')}`
}

let screen: Promise<string> | null = null

function display(): Promise<string> {
  const own = process.env['DISPLAY']
  if (own) return Promise.resolve(own)
  screen ??= (async () => {
    const program = new Program('Xvfb', ['-displayfd', '1', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'])
    return `:${await program.until('its display', () => /^(\d+)\n/m.exec(program.output)?.[1])}`
  })()
  return screen
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
