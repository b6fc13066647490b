/** What a row about an upload holds: a task under way, or what came of it. */
import type { Json, UploadTask, URLErrorCode } from 'urlsession'

interface Common {
  /** As a download's: later ones sort later. */
  readonly key: string
  readonly url: string
  readonly name: string
}

export interface Sending extends Common {
  readonly kind: 'sending'
  readonly task: UploadTask
}

export interface Sent extends Common {
  readonly kind: 'sent'
  readonly size: number
  /** Null when the server took the file. */
  readonly trouble: { readonly code: URLErrorCode | null; readonly message: string } | null
}

export type Upload = Sending | Sent

export type UploadProtocolName = 'plain' | 'tus' | 'resumable'

/** The file's name goes with the task, for the rows of later pages. */
export const uploadMetadata = (name: string): Json => ({ name })

export function uploadNameOf({ metadata }: UploadTask): string {
  const { name } = (metadata ?? {}) as { name?: unknown }
  return typeof name === 'string' ? name : 'A file'
}
