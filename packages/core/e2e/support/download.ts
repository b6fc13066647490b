/** One download in a page, by a session of the page's own, and what became of it; and an upload, which loads another file. */
import type { Page } from 'playwright/test'
import type { Origin } from '../../../testing/src/origin/index.ts'
import { expect } from './stage.ts'

export interface Downloaded {
  readonly engine: string
  /** Why the engine runs where it does. */
  readonly reason: string
  readonly size: number
  /** Hexadecimal, of the bytes that are there now. */
  readonly sha256: string
  /** As the session checked it. */
  readonly digest: string | null
  /** Bytes of the upload that arrived. */
  readonly uploaded: number
}

/** Bytes of a file that takes several reads, and is not a round number of anything. */
export const someSize: number = 3_333_333

/** Downloads a file that the origin gets for it, with or without `integrity`, and expects its bytes to be right. */
export async function download(page: Page, from: Origin, { checked = false } = {}): Promise<Downloaded> {
  const file = from.file(`file-${from.files().length}.bin`, { size: someSize, seed: from.files().length + 1 })
  const expected = await file.sha256()
  const got = await page.evaluate(runDownload, { url: file.url, integrity: checked ? expected.sri : null })
  expect(got.sha256).toBe(expected.hex)
  expect(got.size).toBe(someSize)
  expect(got.uploaded).toBe(123_456)
  expect(got.digest).toBe(checked ? expected.sri : null)
  return got
}

async function runDownload({ url, integrity }: { url: string; integrity: string | null }): Promise<Downloaded> {
  const { URLSession } = globalThis.urlsession
  const session = new URLSession(globalThis.engine ? { engine: globalThis.engine } : {})
  const { file } = await session.download(url, integrity === null ? {} : { integrity })
  const hash = await crypto.subtle.digest('SHA-256', await (await file.blob()).arrayBuffer())
  const sha256 = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('')
  const { engine, reasons } = session.capabilities
  const { data } = await session.upload(new URL('/sink', url), new Blob([new Uint8Array(123_456)]))
  const { bytes } = JSON.parse(new TextDecoder().decode(data)) as { bytes: number }
  const outcome = {
    uploaded: bytes,
    engine,
    reason: reasons.engine,
    size: file.size,
    sha256,
    digest: file.digest,
  }
  await session.close()
  return outcome
}
