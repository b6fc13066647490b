/** Makes a session's uploads: all that can be refused is refused here, before an engine hears of them. */
import { assertSecure } from '../loading/transport-security.ts'
import { storableRequest, type RequestLike, type URLRequest } from '../model/request.ts'
import { claimsToBeResumeData, parseUploadResumeData } from '../model/resume-data.ts'
import { nextGeneration } from '../model/uid.ts'
import { checkUploadBody, checkUploadOptions, isOwnProtocol, type UploadBody } from '../model/upload-options.ts'
import { HTTP_SCHEMES } from '../model/schemes.ts'
import { URLError } from '../model/url-error.ts'
import type { TaskSnapshot } from '../wire/commands.ts'
import { restoredOrigin } from './restored-origin.ts'
import type { SessionCore } from './session-core.ts'
import type { UploadOptions } from './task-options.ts'
import type { TransferOrigin, TransferOwner } from './transfer-task.ts'
import { UploadTask, type UploadInlet } from './upload-task.ts'

export class UploadDesk {
  readonly #core: SessionCore
  readonly #owner: TransferOwner

  constructor(core: SessionCore, owner: TransferOwner) {
    this.#core = core
    this.#owner = owner
  }

  /** @param promised The answer is handed over by a promise, not to a delegate. */
  make(request: unknown, body: unknown, given: unknown, promised: boolean): UploadTask {
    const core = this.#core
    core.assertValid()
    const options = checkUploadOptions(given) as UploadOptions
    const resumeData = claimsToBeResumeData(request) ? parseUploadResumeData(request) : null
    const own = checkUploadBody(body)
    // The body that is given here is the body: one in the request is left alone, as Apple does.
    const checked = core.request(withoutBody(resumeData ?? request), HTTP_SCHEMES)
    const normal = storableRequest(checked)
    const { url } = normal
    assertSecure(url, core.settings.transportSecurity)
    if (normal.method === 'GET' || normal.method === 'HEAD')
      throw new URLError('dataLengthExceedsMaximum', {
        url,
        phase: 'setup',
        why: `${normal.method} cannot carry a body`,
      })
    this.#assertPossible(url, own, options, promised)
    core.assertFreeKey(options.key, url)
    const { environment } = core
    const { task, teller } = this.#add(
      {
        uid: resumeData ? nextGeneration(resumeData.token) : environment.uid(),
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
      typeof own === 'object' && 'path' in own ? { path: environment.absolutePath?.(own.path) ?? own.path } : own,
    )
    teller.tellCreated()
    return task
  }

  /** A task of an earlier life. */
  restore(snapshot: TaskSnapshot): UploadInlet {
    return this.#add(restoredOrigin(snapshot, this.#core), null)
  }

  #add(origin: TransferOrigin, body: UploadBody | null): UploadInlet {
    const { capabilities, configuration } = this.#core
    const protocolOf = (name: string) => configuration.uploadProtocols.find((one) => one.name === name) ?? null
    const inlet = UploadTask.make(
      { ...origin, body, protocolOf },
      this.#owner,
      capabilities.uploadProgress === 'coarse',
    )
    this.#core.made(inlet.task)
    return inlet
  }

  #assertPossible(url: string, body: UploadBody, { delegate, protocol }: UploadOptions, promised: boolean): void {
    const core = this.#core
    const refuse = (why: string, hint: string): never => {
      throw new URLError('unsupportedByPlatform', { url, phase: 'setup', why, hint })
    }
    if (typeof body === 'object' && 'path' in body && !core.environment.absolutePath)
      refuse('a browser reads no paths', 'give a File, or a handle from showOpenFilePicker()')
    if (!core.isBackground) return
    if (delegate) core.assertTaskDelegatesAllowed()
    if (promised)
      refuse('a promise cannot outlive the page, as a background session’s tasks do', 'use uploadTask(…).resume()')
    if (isOwnProtocol(protocol) && !core.configuration.uploadProtocols.some(({ name }) => name === protocol.name))
      refuse('a later life of the page has to find its protocol', 'put it into the configuration’s uploadProtocols')
  }
}

/** A URL alone is posted to; a Request whose body was meant for something else keeps it. */
function withoutBody(request: unknown): RequestLike {
  if (typeof request === 'string' || request instanceof URL) return { url: String(request), method: 'POST' }
  if (request instanceof Request) {
    const { url, method, headers, credentials } = request
    return { url, method, headers, ...(credentials === 'same-origin' ? {} : { credentials }) }
  }
  if (typeof request !== 'object' || request === null) return request as RequestLike
  const { body: _body, cachePolicy: _policy, ...rest } = request as URLRequest
  // Resume data has more fields than a request, which nobody reads.
  return { method: 'POST', ...rest }
}
