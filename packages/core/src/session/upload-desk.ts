/** Makes a session's uploads: all that can be refused is refused here, before an engine hears of them. */
import { assertSecure } from '../loading/transport-security.ts'
import { fieldOf, isText } from '../model/checks.ts'
import { storableRequest, type RequestLike, type URLRequest } from '../model/request.ts'
import { claimsToBeResumeData, parseUploadResumeData } from '../model/resume-data.ts'
import { nextGeneration } from '../model/uid.ts'
import { checkUploadBody, checkUploadOptions, isOwnProtocol, type UploadBody } from '../model/upload-options.ts'
import { HTTP_SCHEMES } from '../model/schemes.ts'
import { URLError } from '../model/url-error.ts'
import { assertFitForBackground } from './download-limits.ts'
import type { SessionCore } from './session-core.ts'
import type { UploadOptions } from './task-options.ts'
import type { TransferOrigin } from './transfer-task.ts'
import { UploadTask, type UploadInlet } from './upload-task.ts'

export class UploadDesk {
  readonly #core: SessionCore
  /** Names of tasks that go on with others: each has its own, and the engine lets one of them at the upload. */
  readonly #named = new Set<string>()

  constructor(core: SessionCore) {
    this.#core = core
  }

  /** @param promised The answer is handed over by a promise, not to a delegate. */
  make(request: unknown, body: unknown, given: unknown, promised: boolean): UploadTask {
    const core = this.#core
    core.assertValid()
    const options = checkUploadOptions(given) as UploadOptions
    const resumeData = claimsToBeResumeData(request) ? parseUploadResumeData(request) : null
    const own = checkUploadBody(body)
    // What is built in for other schemes takes nothing; a protocol of the caller's may.
    const schemes = core.schemes === 'any' ? 'any' : HTTP_SCHEMES
    const checked = core.request(posting(resumeData ?? request), schemes)
    const normal = storableRequest({ ...checked, body: null })
    const { url } = normal
    assertSecure(url, core.settings.transportSecurity)
    this.#assertPossible(url, own, options, promised)
    core.assertFreeKey(options.key, url)
    const { environment } = core
    const path = fieldOf(own, 'path')
    const { task, teller } = this.#add(
      {
        uid: resumeData ? this.#next(resumeData.token) : environment.uid(),
        identifier: core.takeIdentifier(),
        request: normal,
        proposed: checked.proposed ?? null,
        options,
        resumeData,
        promised,
        restored: null,
        adopted: null,
      },
      // Made absolute now: the process may be somewhere else when it is read.
      isText(path, 1, 65_536) && environment.absolutePath ? { path: environment.absolutePath(path) } : own,
    )
    teller.tellCreated()
    return task
  }

  #next(token: string): string {
    const uid = nextGeneration(token)
    if (this.#named.has(uid)) return this.#next(uid)
    this.#named.add(uid)
    return uid
  }

  /** A task of an earlier life. */
  restore(origin: TransferOrigin): UploadInlet {
    return this.#add(origin, null)
  }

  #add(origin: TransferOrigin, body: UploadBody | null): UploadInlet {
    const { capabilities, configuration } = this.#core
    const protocolOf = (name: string) => configuration.uploadProtocols.find((one) => one.name === name) ?? null
    const inlet = UploadTask.make({ ...origin, body, protocolOf }, this.#core, capabilities.uploadProgress === 'coarse')
    this.#core.made(inlet.task)
    return inlet
  }

  #assertPossible(url: string, body: UploadBody, { delegate, protocol }: UploadOptions, promised: boolean): void {
    const core = this.#core
    const refuse = (why: string, hint: string): never => {
      throw new URLError('unsupportedByPlatform', { url, phase: 'setup', why, hint })
    }
    if (fieldOf(body, 'path') !== undefined && !core.environment.absolutePath)
      refuse('a browser reads no paths', 'give a File or a file handle')
    if (!core.isBackground) return
    if (delegate) core.assertTaskDelegatesAllowed()
    assertFitForBackground({ url, method: 'GET' }, promised)
    if (isOwnProtocol(protocol) && !core.configuration.uploadProtocols.some(({ name }) => name === protocol.name))
      refuse('a later life has to find its protocol', 'put it into uploadProtocols')
  }
}

/**
 * What names no method posts. The body that is given beside it is the body, and one in the request is left alone, as Apple does: in
 * its place stands a blank, for which the method is judged.
 */
function posting(request: unknown): RequestLike {
  if (typeof request === 'string' || request instanceof URL) return { url: String(request), method: 'POST', body: ' ' }
  if (!(request instanceof Request)) return { method: 'POST', ...(request as URLRequest), body: ' ' }
  const { url, method, headers, credentials } = request
  return { url, method, headers, body: ' ', ...(credentials === 'same-origin' ? {} : { credentials }) }
}
