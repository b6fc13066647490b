/** A download in words and numbers, ready to be shown: pure, so that every state can be read here in one place. */
import { runningState } from './running-state.ts'
import type { DownloadTask, Warning, WarningCode } from 'urlsession'
import { describeUpload, spokenUpload } from './describe-upload.ts'
import { lostEngine } from './download.ts'
import type { Done, Download, Live, Stopped } from './download.ts'
import { bytes, duration, percent, speed } from '../words.ts'

export type Action =
  | 'pause'
  | 'resume'
  | 'cancel'
  | 'allow'
  | 'go-on'
  | 'forget'
  | 'reload'
  | 'save'
  | 'verify'
  | 'delete'

/** How a row feels: it decides colours, and nothing else. */
export type Tone = 'busy' | 'waiting' | 'resting' | 'good' | 'bad'

export interface Description {
  readonly tone: Tone
  /** One or two words. */
  readonly state: string
  /** Bytes, speed, time left. */
  readonly figures: readonly string[]
  /** From 0 to 1; null while it is not known; undefined where there is no bar. */
  readonly fraction: number | null | undefined
  /** A sentence that deserves attention, or null. */
  readonly notice: string | null
  readonly actions: readonly Action[]
}

/** Seconds without a byte before a row says so. */
const SILENCE = 3

/** @param silence Seconds since the last byte. */
export function describe(download: Download, silence: number): Description {
  switch (download.kind) {
    case 'live':
      return describeLive(download, silence)
    case 'stopped':
      return describeStopped(download)
    case 'done':
      return describeDone(download)
    case 'sending':
    case 'sent':
      return describeUpload(download)
  }
}

function describeLive({ task }: Live, silence: number): Description {
  const { completed, total, fraction, bytesPerSecond, secondsLeft } = task.progress.snapshot()
  const silent = silence >= SILENCE && isFlowing(task) && completed > 0
  const [tone, state] = silent ? (['waiting', 'No data'] as const) : stateOf(task, completed, total)
  const moving = isFlowing(task) && !silent && bytesPerSecond > 0 && completed !== total
  return {
    tone,
    state,
    fraction,
    figures: [
      ...(completed === 0 && total === null
        ? []
        : [total === null ? bytes(completed) : `${bytes(completed)} of ${bytes(total)}`]),
      ...(moving ? [speed(bytesPerSecond)] : []),
      ...(moving && secondsLeft !== null ? [`${duration(secondsLeft)} left`] : []),
      ...(silent ? [`nothing for ${duration(silence)}`] : []),
    ],
    notice: noticeOf(task.warnings),
    actions: actionsOf(task),
  }
}

function actionsOf({ state, waitingFor }: DownloadTask): readonly Action[] {
  if (state === 'suspended') return ['resume', 'cancel']
  return state === 'running' && waitingFor !== 'delegate' ? ['pause', 'cancel'] : []
}

const isFlowing = (task: DownloadTask): boolean => task.state === 'running' && task.waitingFor === null

function stateOf(task: DownloadTask, completed: number, total: number | null): readonly [Tone, string] {
  const words = { permission: 'Waiting for permission to write', moving: 'Downloading', moved: 'Checking' }
  return runningState(task, completed, total, words)
}

const lead: Readonly<Record<WarningCode, string>> = {
  headersHidden: 'Headers are hidden',
  startedOver: 'Started over',
  evicted: 'Bytes were gone',
  retrying: 'Interrupted',
  storedElsewhere: 'Bytes are out of reach this time',
  credentialsNotStored: 'Credentials were not stored',
  headerDropped: 'A header is not sent',
  notCopied: 'could not be copied',
  handshakeHeadersNotSent: 'Headers were not sent',
  heartbeatThrew: 'A heartbeat threw',
  browserCredentialsLeftOut: 'Cookies were not sent',
  delegateLate: 'A delegate takes its time',
}

function noticeOf(warnings: readonly Warning[]): string | null {
  const newest = warnings.at(-1)
  if (!newest) return null
  const same = warnings.filter(({ code }) => code === newest.code).length
  return `${lead[newest.code]}${same > 1 ? ` (${same} times)` : ''}: ${newest.message}`
}

function describeStopped(stopped: Stopped): Description {
  if (lostEngine(stopped)) return describeLost(stopped)
  const { code, received, total, resumeData, message } = stopped
  const cancelled = code === 'cancelled'
  const kept = resumeData !== null && received > 0
  return {
    tone: cancelled ? 'resting' : 'bad',
    state: cancelled ? 'Cancelled' : 'Failed',
    fraction: kept && total !== null ? received / total : undefined,
    figures: [kept ? `${bytes(received)}${total === null ? '' : ` of ${bytes(total)}`} kept` : 'nothing kept'],
    notice: cancelled ? null : message,
    actions: ['go-on', 'forget'],
  }
}

/** The session gave up on its engine, but what stands on disk is whole. */
function describeLost({ received, total, message }: Stopped): Description {
  return {
    tone: 'bad',
    state: 'Engine lost',
    fraction: total === null ? undefined : received / total,
    figures: ['goes on when the page is opened again'],
    notice: message,
    actions: ['reload'],
  }
}

function describeDone({ file }: Done): Description {
  return {
    tone: 'good',
    state: 'Finished',
    fraction: undefined,
    figures: [bytes(file.size), ...(file.digest === null ? [] : ['integrity checked'])],
    notice: null,
    actions: ['save', 'verify', 'delete'],
  }
}

/** Where a download stands, said aloud. */
export function spoken(download: Download): string {
  if (download.kind === 'sending' || download.kind === 'sent') return spokenUpload(download)
  const { state, notice } = describe(download, 0)
  if (download.kind === 'stopped' && lostEngine(download)) return state
  if (download.kind === 'live') return download.task.state === 'running' ? runningAloud(download.task) : state
  return download.kind === 'stopped' && notice !== null ? `${state}. ${notice}` : state
}

/** Short waits come and go; only one for the network is worth a word. */
const runningAloud = (task: DownloadTask): string =>
  task.waitingFor === 'connectivity' ? 'Waiting for the network' : 'Downloading'

/** A progress bar's value in words. */
export function progressAloud({ fraction, figures }: Description): string {
  const whole = fraction === null || fraction === undefined ? 'size not known' : percent(fraction)
  return [whole, ...figures.slice(0, 1)].join(', ')
}
