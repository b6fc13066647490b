/**
 * Owns: an upload as an engine drives it, without an engine: creation, parts of given sizes with lanes beside one another, what is to be
 * done about refusals, and what follows a break. Between any two steps the state goes through JSON, as it goes through a record.
 */
import type { Json } from '../../../../src/model/json.ts'
import type {
  UploadAnswer,
  UploadClient,
  UploadDetour,
  UploadedPiece,
  UploadInfo,
  UploadLanes,
  UploadProtocol,
} from '../../../../src/model/upload-protocol.ts'
import { URLError } from '../../../../src/model/url-error.ts'

export interface DriveOptions {
  /** Bytes of the next part; default: all that is left of the lane. */
  readonly part?: () => number
  /** Called before each part. */
  readonly before?: () => Promise<void>
  /** Failures and detours in all after which it is given up. Default: 50. */
  readonly patience?: number
}

export interface Driven {
  readonly answer: UploadAnswer
  readonly state: Json
  /** What happened: `created`, `located`, `part 0-100`, the names of detours, codes of errors. */
  readonly steps: readonly string[]
}

type Trouble = UploadDetour | URLError

export async function drive<State extends Json>(
  protocol: UploadProtocol<State>,
  upload: UploadInfo,
  client: UploadClient & { kept: Json | undefined },
  { part = () => upload.size, before = async () => {}, patience = 50 }: DriveOptions = {},
): Promise<Driven> {
  const steps: string[] = []
  let state: State | null = null
  let lanes: UploadLanes = { size: upload.size, whole: false }
  let done: number[] = []
  let most = Infinity
  let smaller = Infinity
  let next: 'create' | 'locate' | 'send' = 'create'
  for (let tries = 0; tries <= patience;) {
    const trouble = await step().catch((error: unknown) => {
      if (URLError.is(error) && error.retryable) return error
      throw error
    })
    if (trouble === null) continue
    if ('end' in trouble) return { answer: trouble.end, state, steps }
    tries += 1
    if ('detour' in trouble) {
      steps.push(trouble.detour)
      if (trouble.detour === 'create') next = 'create'
      else if (trouble.detour === 'smaller') smaller = Math.max(1, Math.floor(Math.min(smaller, part()) / 2))
      else if (trouble.detour === 'locate') next = 'locate'
    } else {
      steps.push(trouble.code)
      if (next !== 'create') next = 'locate'
    }
  }
  throw new Error(`not done after ${steps.join(', ')}`)

  async function step(): Promise<Trouble | { readonly end: UploadAnswer } | null> {
    if (next === 'create' || state === null) {
      const made = await protocol.create(upload, client)
      if ('end' in made) return made
      state = throughJSON(made.state)
      lanes = made.lanes ?? { size: upload.size, whole: false }
      most = made.limits?.most ?? Infinity
      done = begins()
      done[0] = made.accepted ?? 0
      steps.push('created')
      next = 'send'
      return null
    }
    if (client.kept !== undefined) state = throughJSON(client.kept) as State
    if (next === 'locate') {
      const located = await protocol.locate(upload, state, client)
      if (!('pieces' in located)) return located
      state = throughJSON(located.state ?? state)
      done = begins()
      for (const { from, to } of located.pieces) done[Math.floor(from / lanes.size)] = to
      steps.push('located')
      next = 'send'
      return null
    }
    const now = state
    const outcomes = await Promise.allSettled(done.map((_, lane) => sendLane(now, lane)))
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason
      if (outcome.value) return outcome.value
    }
    const pieces: UploadedPiece[] = done.map((to, lane) => ({ from: lane * lanes.size, to }))
    return protocol.finish(upload, now, pieces, client)
  }

  async function sendLane(now: State, lane: number): Promise<Trouble | { readonly end: UploadAnswer } | null> {
    const end = Math.min((lane + 1) * lanes.size, upload.size)
    for (let from = done[lane] ?? 0; from < end; from = done[lane] ?? 0) {
      const to = Math.min(end, from + Math.max(1, Math.min(part(), most, smaller)))
      await before()
      const sent = await protocol.part(upload, now, { from, to }, client)
      if (!('accepted' in sent)) return sent
      steps.push(`part ${from}-${to}`)
      done[lane] = sent.accepted
    }
    return null
  }

  function begins(): number[] {
    return Array.from({ length: Math.ceil(upload.size / lanes.size) }, (_, lane) => lane * lanes.size)
  }
}

const throughJSON = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T
