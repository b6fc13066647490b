/** Owns: one file on an FTP server, over a connection of its own. FTP does one thing at a time, so connections are not shared. */
import type { Writable } from 'node:stream'
import type { BasicCredentials } from '../../model/basic-credentials.ts'
import { describeCause, URLError } from '../../model/url-error.ts'
import { isNotImplemented, isUnavailable } from './ftp-errors.ts'

export type FtpModule = typeof import('basic-ftp')

/** Breaks in a name would be further commands (RFC 959 §5.3.1). */
const BREAKS = /[\r\n\0]/

export class FtpFile {
  readonly #url: URL
  readonly #path: string
  readonly #client: InstanceType<FtpModule['Client']>
  #closed = false

  /** @throws {URLError} `badURL`, `fileIsDirectory`. */
  constructor({ Client }: FtpModule, url: URL) {
    this.#url = url
    this.#path = pathOf(url)
    // Time is the task's business: a server that says nothing is given up on by its idle timer.
    this.#client = new Client(0)
  }

  /** Connects and logs in, as anonymous without credentials. */
  async open(credentials: BasicCredentials | null): Promise<void> {
    const { hostname, port } = this.#url
    const { user, password } = credentials ?? { user: 'anonymous', password: 'anonymous@' }
    if (BREAKS.test(user + password)) throw this.#bad('its user or password has a line break')
    await this.#client.access({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? 21 : Number(port),
      user,
      password,
    })
  }

  /** Size and date, each null where the server does not tell (RFC 3659 §3, §4). */
  async describe(): Promise<{ size: number | null; lastModified: Date | null }> {
    try {
      const size = await unlessNotImplemented(this.#client.size(this.#path))
      return { size, lastModified: await unlessNotImplemented(this.#client.lastMod(this.#path)) }
    } catch (error) {
      throw await this.whyRefused(error)
    }
  }

  /** The bytes from `from` to the end; settles when all are written. */
  async read(sink: Writable, from: number): Promise<void> {
    await this.#client.downloadTo(sink, this.#path, from)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#client.close()
  }

  /**
   * What a refusal means: entering tells a directory from a file.
   * @param measured The server told the size of it, so it is there.
   */
  async whyRefused(error: unknown, measured: boolean = false): Promise<unknown> {
    if (!isUnavailable(error)) return error
    const details = { url: this.#url.href, phase: 'response', cause: error } as const
    try {
      await this.#client.cd(this.#path)
    } catch {
      return measured ? new URLError('noPermissionsToReadFile', { ...details, why: describeCause(error) ?? '' }) : error
    }
    return new URLError('fileIsDirectory', details)
  }

  lost(why: string): URLError {
    return new URLError('networkConnectionLost', { url: this.#url.href, phase: 'body', why })
  }

  #bad(why: string): URLError {
    return new URLError('badURL', { url: this.#url.href, phase: 'setup', why })
  }
}

async function unlessNotImplemented<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (isNotImplemented(error)) return null
    throw error
  }
}

/** Seen from where a login arrives; an encoded slash at its start makes it absolute (RFC 1738 §3.2.2). */
function pathOf(url: URL): string {
  const { href, pathname } = url
  const fail = (why: string): URLError => new URLError('badURL', { url: href, phase: 'setup', why })
  let path: string
  try {
    path = decodeURIComponent(pathname.slice(1).replace(/;type=[ai]$/i, ''))
  } catch {
    throw fail('its path has a % that encodes nothing')
  }
  if (BREAKS.test(path)) throw fail('its path has a line break')
  if (path === '' || /\/$|;type=d$/i.test(path))
    throw new URLError('fileIsDirectory', { url: href, phase: 'setup', why: 'directories are not listed' })
  return path
}
