/**
 * A host whose code comes with the first command: a page that starts no transfer loads none of it. A load that
 * failed (a page gone offline) is tried again with the next command.
 */
import { URLError } from '../model/url-error.ts'
import type { CommandArguments, CommandName, CommandValue, Hello, Welcome } from './commands.ts'
import type { EngineHost, HostFactory, HostListener } from './host.ts'

export class LazyHost implements EngineHost {
  readonly #make: () => Promise<EngineHost>
  #host: Promise<EngineHost> | null = null
  #closed = false

  constructor(load: () => Promise<HostFactory>, hello: Hello, listener: HostListener) {
    this.#make = async () => (await load())(hello, listener)
  }

  async open(): Promise<Welcome> {
    return (await this.#loaded()).open()
  }

  async call<Name extends CommandName>(name: Name, ...args: CommandArguments<Name>): Promise<CommandValue<Name>> {
    return (await this.#loaded()).call(name, ...args)
  }

  async close(): Promise<void> {
    this.#closed = true
    await (await this.#host?.catch(() => null))?.close()
  }

  #loaded(): Promise<EngineHost> {
    if (this.#closed && !this.#host)
      return Promise.reject(
        new URLError('backgroundSessionWasDisconnected', { why: 'the session has ended', retryable: false }),
      )
    this.#host ??= this.#make().catch((cause: unknown) => {
      this.#host = null
      const why = 'a part of the library could not be loaded'
      throw new URLError('backgroundSessionWasDisconnected', { why, retryable: false, cause })
    })
    return this.#host
  }
}
