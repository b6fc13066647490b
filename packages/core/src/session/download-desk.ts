/** Makes a session's downloads: all that can be refused is refused here, before an engine hears of them. */
import { assertSecure } from '../loading/transport-security.ts'
import { checkDownloadOptions } from '../model/download-options.ts'
import { storableRequest, type RequestLike } from '../model/request.ts'
import { claimsToBeResumeData, parseResumeData, type DownloadResumeData } from '../model/resume-data.ts'
import { unsupportedScheme } from '../model/schemes.ts'
import { nextGeneration } from '../model/uid.ts'
import { URLError } from '../model/url-error.ts'
import type { AnyTask } from './delegate.ts'
import { assertFitForBackground, assertPlace } from './download-limits.ts'
import { DownloadTask, type DownloadInlet, type DownloadOrigin } from './download-task.ts'
import type { TransferOrigin, TransferOwner } from './transfer-task.ts'
import type { SessionCore } from './session-core.ts'
import type { DownloadOptions } from './task-options.ts'

export class DownloadDesk {
  readonly #core: SessionCore
  /** Resume data that was used in this life, and the task that used it. */
  readonly #used = new Map<string, AnyTask | null>()

  constructor(core: SessionCore) {
    this.#core = core
    core.onCompleted = (task) => this.#giveBackUnused(task)
    core.giveBack = ({ token }) => void this.#used.delete(token)
  }

  /** @param promised The file is handed over by a promise, not to a delegate. */
  make(request: unknown, given: unknown, promised: boolean): DownloadTask {
    const core = this.#core
    const { environment } = core
    core.assertValid()
    const options = checkDownloadOptions(given) as DownloadOptions
    const resumeData = claimsToBeResumeData(request) ? parseResumeData(request) : null
    // Bytes of a download that broke off came over a network; a path in there is somebody's trick.
    if (resumeData && URL.canParse(resumeData.url) && !/^(https?|ftp):/.test(resumeData.url))
      throw unsupportedScheme(resumeData.url)
    const wanted = resumeData ? requestOf(resumeData) : (request as RequestLike)
    const checked = core.request(wanted)
    const normal = storableRequest(checked)
    assertSecure(normal.url, core.settings.transportSecurity)
    if (core.isBackground) {
      if (options.delegate) core.assertTaskDelegatesAllowed()
      assertFitForBackground(normal, promised)
    }
    assertPlace(options.destination, normal.url, environment.saveBlob === null)
    core.assertFreeKey(options.key, normal.url)
    // Made absolute now: the process may be somewhere else when the file is there.
    if (typeof options.destination === 'string')
      options.destination = environment.absolutePath?.(options.destination) ?? options.destination
    const uid = resumeData ? this.#use(resumeData) : environment.uid()
    const identifier = core.takeIdentifier()
    const { task, teller } = this.#add({
      uid,
      identifier,
      request: normal,
      proposed: checked.proposed ?? null,
      options,
      resumeData,
      promised,
      restored: null,
      adopted: null,
    })
    if (resumeData) this.#used.set(resumeData.token, task)
    teller.tellCreated()
    return task
  }

  /** Goes on with a request under way: also in a session that takes no new tasks, but lets the old ones finish. */
  adopt(origin: Omit<DownloadOrigin, 'uid' | 'identifier'>): DownloadInlet {
    const core = this.#core
    const named = { ...origin, uid: core.environment.uid(), identifier: core.takeIdentifier() }
    return this.#add(named, Object.create(core, { isInvalid: { value: () => false } }) as TransferOwner)
  }

  /** A task of an earlier life. */
  restore(origin: TransferOrigin): DownloadInlet {
    return this.#add(origin)
  }

  #add(origin: DownloadOrigin, owner: TransferOwner = this.#core): DownloadInlet {
    const inlet = DownloadTask.make(origin, owner)
    this.#core.made(inlet.task)
    return inlet
  }

  #use({ token, url }: DownloadResumeData): string {
    if (this.#used.has(token))
      throw new URLError('badResumeData', { url, phase: 'setup', why: 'it was used before, and can be used once' })
    this.#used.set(token, null)
    return nextGeneration(token)
  }

  /** A task that no engine ever took has used up nothing. */
  #giveBackUnused(task: AnyTask): void {
    if (task.started && !task.error?.code.startsWith('backgroundSession')) return
    for (const [token, user] of this.#used) if (user === task) this.#used.delete(token)
  }
}

const requestOf = ({ url, headers }: DownloadResumeData): { url: string; headers: [string, string][] } => ({
  url,
  headers: headers.map(([name, value]) => [name, value]),
})
