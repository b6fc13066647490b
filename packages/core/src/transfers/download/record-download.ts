/** A new download's record, stored before anything else is done for it; with resume data it takes over the bytes that were put aside. */
import type { DownloadResumeData } from '../../model/resume-data.ts'
import { fileOf } from '../../model/uid.ts'
import { URLError } from '../../model/url-error.ts'
import type { Lock } from '../../ports/locks.ts'
import type { CommonRecord, TransferRecord } from '../../storage/records.ts'
import type { NewDownload } from '../../wire/commands.ts'
import type { RunnerTools } from '../transfer.ts'

type Tools = Pick<RunnerTools, 'ledger' | 'platform'>
type Parked = NonNullable<Awaited<ReturnType<Tools['ledger']['parked']>>>

/** @throws {URLError} `badResumeData`, and what the store fails with. */
export async function recordDownload(common: CommonRecord, task: NewDownload, tools: Tools): Promise<TransferRecord> {
  const { ledger, platform } = tools
  const { resumeData } = task
  const turn = resumeData ? await platform.locks.acquire(`urlsession:resume:${resumeData.token}`) : null
  if (resumeData && !turn)
    throw new URLError('badResumeData', { url: task.request.url, phase: 'setup', why: 'it is being used elsewhere' })
  const stored = resumeData ? await takeParked(resumeData, tools).catch(releasing(turn)) : null
  const sameAlgorithm = (task.integrity ?? stored?.integrity)?.algorithm === stored?.integrity?.algorithm
  const record: TransferRecord = {
    ...common,
    kind: 'download',
    integrity: task.integrity ?? stored?.integrity ?? null,
    connections: task.connections,
    maximumSize: task.maximumSize ?? stored?.maximumSize ?? null,
    destination: task.destination,
    entity: stored?.entity ?? null,
    ranges: stored?.ranges ?? [],
    store: stored?.store ?? null,
    // A state of another algorithm would be taken up without complaint, and compute nonsense.
    digest: sameAlgorithm ? (stored?.digest ?? null) : null,
  }
  await ledger.save(record).catch(releasing(turn))
  if (stored && resumeData) await ledger.consume(resumeData.token).catch(releasing(turn))
  await turn?.release()
  return record
}

async function takeParked({ token, url }: DownloadResumeData, { ledger, platform }: Tools): Promise<Parked | null> {
  const refuse = (why: string): never => {
    throw new URLError('badResumeData', { url, phase: 'setup', why })
  }
  const parked = await ledger.parked(token)
  if (parked?.request.url === url) return parked
  if (parked) return refuse('it names bytes of another address')
  if (await ledger.wasConsumed(token)) return refuse('it was used before, and can be used once')
  // Another session put these bytes aside, or somebody is using them at this moment.
  if ((await platform.files.size(fileOf(token))) !== null) return refuse('its bytes belong to another session')
  // The bytes are gone (another session, another browser, eviction): the task starts from zero.
  return null
}

/** Passes an error on after the lock was let go. */
const releasing =
  (lock: Lock | null) =>
  async (error: unknown): Promise<never> => {
    await lock?.release()
    throw error
  }
