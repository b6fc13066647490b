/** How a transfer comes to its stored outcome: its bytes made a file, or put aside, or given up. */
import type { ResumeData } from '../model/resume-data.ts'
import { URLError } from '../model/url-error.ts'
import { finishedOutcome, park, sealFile } from './download/outcome.ts'
import { resumable } from './download/resume-rules.ts'
import type { StoredBytes } from './stored-bytes.ts'
import type { Transfer } from './transfer.ts'

/**
 * Checks the bytes and makes them a file, where it was asked for.
 * @returns False when the signal fired before: then nothing is done that could not be taken back.
 * @throws {URLError} `fileIntegrityMismatch`, `cannotWriteToFile`, and what placing fails with.
 */
export async function seal(
  { record, file, tools, save }: Transfer,
  bytes: StoredBytes,
  signal: AbortSignal,
): Promise<boolean> {
  const { platform } = tools
  const part = await bytes.open()
  const size = part.received
  const digest = await sealFile(part, size, record.integrity, record.request.url)
  await bytes.close()
  if ((await platform.files.size(file)) !== size)
    throw new URLError('cannotWriteToFile', { phase: 'storage', why: 'the file is not as long as what was written' })
  if (signal.aborted) return false
  const { destination } = record
  const moves = typeof destination === 'string'
  if (destination !== null && !moves) await platform.place(file, size, destination)
  record.ranges = size > 0 ? [[0, size]] : []
  record.outcome = finishedOutcome(platform, record, size, digest)
  await save()
  if (moves && signal.aborted) return false
  // Last: after a move only the outcome tells the next life what became of the bytes, and without one it moves again.
  if (moves) await platform.place(file, size, destination)
  return true
}

/**
 * Stores what the transfer failed with, its bytes put aside where they can be gone on with, and else removed. Never rejects.
 * @param stop Ends what is under way.
 * @returns Resume data, where bytes were put aside.
 */
export async function storeFailure(
  { record, file, tools }: Transfer,
  { error, keepBytes }: { readonly error: URLError; readonly keepBytes: boolean },
  stop: () => Promise<void>,
): Promise<ResumeData | null> {
  const { ledger, platform } = tools
  let told = error
  let resumeData: ResumeData | null = null
  try {
    await stop()
    const entity = resumable(record)
    if (keepBytes && entity && record.ranges.length > 0) {
      resumeData = await park(ledger, record, entity, platform.clock.now())
      told = error.with({ resumeData, bytesTransferred: resumeData.received })
    } else record.ranges = []
    record.outcome = { type: 'failed', error: told.toRecord() }
    await ledger.save(record)
    if (!resumeData) await platform.files.remove(file)
  } catch (cause) {
    // The store is failing too; the page is told what happened first, which is what it can act on.
    record.outcome = { type: 'failed', error: told.with({ cause }).toRecord() }
  }
  return resumeData
}

/** Puts the bytes of a finished file aside; null where they could not be gone on with. */
export async function parkFinished({ record, tools }: Transfer): Promise<ResumeData | null> {
  const entity = resumable(record)
  if (record.outcome?.type !== 'finished' || !entity || record.destination !== null) return null
  return park(tools.ledger, record, entity, tools.platform.clock.now())
}
