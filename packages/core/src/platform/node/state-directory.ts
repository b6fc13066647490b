/** Owns: where a program keeps what must survive it, on each system, when the user names no directory. */
import { homedir } from 'node:os'
import { posix, win32 } from 'node:path'

export interface Surroundings {
  readonly platform: NodeJS.Platform
  readonly env: { readonly [name: string]: string | undefined }
  readonly home: string
}

/**
 * `$XDG_STATE_HOME` or `~/.local/state` (Linux and others), `~/Library/Application Support` (macOS),
 * `%LOCALAPPDATA%` (Windows), each with `urlsession` below it.
 */
export function stateDirectory({ platform, env, home }: Surroundings = surroundings()): string {
  if (platform === 'win32') {
    const local = env['LOCALAPPDATA']
    const base = local !== undefined && win32.isAbsolute(local) ? local : win32.join(home, 'AppData', 'Local')
    return win32.join(base, 'urlsession')
  }
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support', 'urlsession')
  const state = env['XDG_STATE_HOME']
  // The XDG specification says that a relative path is to be ignored.
  const base = state !== undefined && posix.isAbsolute(state) ? state : posix.join(home, '.local', 'state')
  return posix.join(base, 'urlsession')
}

const surroundings = (): Surroundings => ({ platform: process.platform, env: process.env, home: homedir() })
