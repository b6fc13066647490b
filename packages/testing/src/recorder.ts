/**
 * Owns: a delegate that writes down every call, and knows the rules calls must keep.
 * Why: order is a promise of the API; a test that uses the recorder checks it on the way, whatever else it is about.
 */

/** One delegate call. */
export interface RecordedCall {
  readonly method: string
  /** The task's identifier; null for calls of the session itself. */
  readonly task: number | null
  /** The arguments as they came, the task itself left out. */
  readonly args: readonly unknown[]
}

/** Every delegate method there is. */
export const delegateMethods: readonly string[] = [
  'didCreateTask',
  'willBeginDelayedRequest',
  'isWaitingForConnectivity',
  'didReceiveChallenge',
  'willPerformRedirection',
  'didFollowRedirects',
  'needNewBodyStream',
  'didSendBodyData',
  'didReceiveInformationalResponse',
  'didReceiveResponse',
  'didBecomeDownloadTask',
  'didReceiveData',
  'willCacheResponse',
  'didResumeAtOffset',
  'didWriteData',
  'didFinishDownloading',
  'didWarn',
  'didOpen',
  'didReopen',
  'didClose',
  'didFinishCollectingMetrics',
  'didComplete',
  'didBecomeInvalid',
  'didFinishEvents',
]

const ofTheSession = new Set(['didBecomeInvalid', 'didFinishEvents'])
/** Once at most for one task. */
const once = new Set([
  'didCreateTask',
  'isWaitingForConnectivity',
  'didBecomeDownloadTask',
  'didFinishDownloading',
  'didFinishCollectingMetrics',
  'didComplete',
  'didOpen',
  'didClose',
])
/** What can only come before the answer. (The rest of a body that broke off is asked for anew: do not record that.) */
const beforeAnswer = new Set(['willBeginDelayedRequest', 'willPerformRedirection'])
/** What may still come once the file was handed over. */
const afterFile = new Set([
  'didFinishCollectingMetrics',
  'didComplete',
  'didWarn',
  'didBecomeInvalid',
  'didFinishEvents',
])

/** How a recorder behaves. */
export interface RecorderOptions<Delegate extends object> {
  /** What the methods do and answer. Default: nothing, undefined. */
  answers?: Partial<Delegate>
  /** The only methods that exist on the delegate. Default: all. */
  only?: readonly (keyof Delegate & string)[]
  /** Methods that do not exist. Default: none. */
  without?: readonly (keyof Delegate & string)[]
  /** Each call takes some turns of the event loop, so that calls beside each other are seen. Default true. */
  slow?: boolean
  /** Restored tasks are not created again: the first call need not be didCreateTask. Default true. */
  startsWithCreate?: boolean
}

/** Records the calls of one session, or of one task. Give `delegate` to it. */
export class Recorder<Delegate extends object = Record<string, (...args: unknown[]) => unknown>> {
  readonly delegate: Delegate
  readonly calls: RecordedCall[] = []
  /** Rules that were broken, in words. A call that breaks one also throws. */
  readonly violations: string[] = []
  readonly #options: RecorderOptions<Delegate>
  readonly #seen = new Map<number, Set<string>>()
  readonly #watchers = new Set<() => void>()
  #running: string | null = null
  #invalid = false

  constructor(options: RecorderOptions<Delegate> = {}) {
    this.#options = options
    const names = (options.only ?? delegateMethods).filter(
      (name) => !options.without?.includes(name as keyof Delegate & string),
    )
    this.delegate = Object.fromEntries(
      names.map((name) => [name, (...args: unknown[]) => this.#call(name, args)]),
    ) as Delegate
  }

  /** Names of the calls, of one task or of all; repeats in a row are one, with a star (`didWriteData*`). */
  names(task?: number): string[] {
    const names: string[] = []
    for (const call of this.calls) {
      if (task !== undefined && call.task !== task) continue
      const last = names.at(-1)
      if (last === call.method || last === `${call.method}*`) names[names.length - 1] = `${call.method}*`
      else names.push(call.method)
    }
    return names
  }

  /** The calls of one method. */
  of(method: keyof Delegate & string, task?: number): RecordedCall[] {
    return this.calls.filter((call) => call.method === method && (task === undefined || call.task === task))
  }

  /** Resolves with the first call of `method`, past or to come, that `holds`. */
  when(method: keyof Delegate & string, holds: (call: RecordedCall) => boolean = () => true): Promise<RecordedCall> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.calls.find((call) => call.method === method && holds(call))
        if (!found) return
        this.#watchers.delete(look)
        resolve(found)
      }
      this.#watchers.add(look)
      look()
    })
  }

  /** Throws when a rule was broken, or a task that was created has not completed. `unfinished: true` allows the latter. */
  verify({ unfinished = false }: { unfinished?: boolean } = {}): void {
    const broken = [...this.violations]
    for (const [task, seen] of this.#seen) {
      if (seen.has('didBecomeDownloadTask')) continue
      if (!unfinished && this.#has('didComplete') && !seen.has('didComplete'))
        broken.push(`task ${task} never completed`)
    }
    if (broken.length > 0)
      throw new Error(`the delegate's rules were broken:\n  ${broken.join('\n  ')}\ncalls: ${this.#print()}`)
  }

  #call(method: string, args: unknown[]): unknown {
    const task = ofTheSession.has(method) ? null : identifierOf(args[0])
    this.calls.push({ method, task, args: args.slice(1) })
    const broken = this.#broken(method, task)
    if (task !== null) this.#seenBy(task).add(method)
    if (method === 'didBecomeInvalid') this.#invalid = true
    for (const look of [...this.#watchers]) look()
    if (broken !== null) {
      this.violations.push(broken)
      throw new Error(`${broken}\ncalls: ${this.#print()}`)
    }
    const answer = (this.#options.answers as Record<string, (...args: unknown[]) => unknown> | undefined)?.[method]
    // Creation is told on the spot and awaited by nobody.
    if (method === 'didCreateTask' || this.#options.slow === false) return answer?.(...args)
    return this.#slowly(method, () => answer?.(...args))
  }

  async #slowly(method: string, answer: () => unknown): Promise<unknown> {
    this.#running = method
    try {
      const value = await answer()
      for (let i = 0; i < 5; i++) await Promise.resolve()
      return value
    } finally {
      this.#running = null
    }
  }

  #broken(method: string, task: number | null): string | null {
    const whose = task === null ? 'of the session' : `of task ${task}`
    if (this.#invalid) return `${method} ${whose} after didBecomeInvalid`
    if (this.#running !== null && method !== 'didCreateTask')
      return `${method} ${whose} while ${this.#running} was still running`
    if (task === null) return null
    const seen = this.#seenBy(task)
    if (seen.has('didComplete')) return `${method} ${whose} after its didComplete`
    if (seen.has('didBecomeDownloadTask')) return `${method} ${whose} after its didBecomeDownloadTask`
    if (once.has(method) && seen.has(method)) return `${method} ${whose} a second time`
    if (beforeAnswer.has(method) && seen.has('didReceiveResponse'))
      return `${method} ${whose} after its didReceiveResponse`
    if (seen.has('didFinishDownloading') && !afterFile.has(method))
      return `${method} ${whose} after its didFinishDownloading`
    if (seen.has('didFinishCollectingMetrics') && method !== 'didComplete' && method !== 'didWarn')
      return `${method} ${whose} after its didFinishCollectingMetrics`
    const creates = (this.#options.startsWithCreate ?? true) && this.#has('didCreateTask')
    if (creates && seen.size === 0 && method !== 'didCreateTask') return `${method} ${whose} before its didCreateTask`
    if (method === 'didCreateTask' && seen.size > 0) return `${method} ${whose} after ${[...seen].join(', ')}`
    return null
  }

  #has(method: string): boolean {
    return method in this.delegate
  }

  #seenBy(task: number): Set<string> {
    const seen = this.#seen.get(task) ?? new Set<string>()
    this.#seen.set(task, seen)
    return seen
  }

  #print(): string {
    return this.calls
      .slice(-30)
      .map((call) => `${call.method}${call.task === null ? '' : `(${call.task})`}`)
      .join(' → ')
  }
}

function identifierOf(task: unknown): number {
  const identifier: unknown = typeof task === 'object' && task !== null ? Reflect.get(task, 'identifier') : undefined
  if (typeof identifier !== 'number')
    throw new TypeError(`a delegate call whose first argument is no task: ${String(task)}`)
  return identifier
}
