/** What one row is about: a task under way, a download that stopped and can be gone on with, or a file. */
import type { DownloadedFile, DownloadTask, ResumeData, URLErrorCode } from 'urlsession'
import type { Upload } from './upload.ts'

interface Common {
  /** The caller's own stable name of the download, from its first task to its kept file. Later ones sort later. */
  readonly key: string
  readonly url: string
  readonly name: string
}

export interface Live extends Common {
  readonly kind: 'live'
  readonly task: DownloadTask
}

export interface Stopped extends Common {
  readonly kind: 'stopped'
  /** Null when the server's answer itself was the trouble. */
  readonly code: URLErrorCode | null
  readonly message: string
  readonly received: number
  readonly total: number | null
  readonly integrity: string | null
  /** What `downloadTask` takes to go on; null when it would start from zero. */
  readonly resumeData: ResumeData | null
}

export interface Done extends Common {
  readonly kind: 'done'
  readonly file: DownloadedFile
}

/** What the list has a row for. */
export type Download = Live | Stopped | Done | Upload

/** Enough to name every file that this app keeps: when it was asked for, a bit of chance, and the address. */
export function newKey(url: string): string {
  const when = Date.now().toString(36).padStart(9, '0')
  const chance = crypto.randomUUID().slice(0, 8)
  return `${when}-${chance} ${url}`.slice(0, 512)
}

export const urlOfKey = (key: string): string => key.slice(key.indexOf(' ') + 1)

/** The newest first. */
export const inOrder = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? 1 : -1)

/** What to call a download before its server has said. */
export function nameFromURL(url: string): string {
  const parsed = URL.parse(url)
  const last = parsed?.pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(last) || (parsed?.host ?? url)
  } catch {
    return last
  }
}

/** True when the session gave its engine up; only another page can go on. */
export const lostEngine = ({ code }: Stopped): boolean => code === 'backgroundSessionWasDisconnected'
