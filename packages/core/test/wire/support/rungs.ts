/** Ways to get an engine that the test holds in its hand. */
import { SessionConfiguration } from '../../../src/model/configuration.ts'
import { URLError } from '../../../src/model/url-error.ts'
import type { CommandName, Hello, Welcome } from '../../../src/wire/commands.ts'
import { WIRE_VERSION } from '../../../src/wire/commands.ts'
import type { Connection, Rung } from '../../../src/wire/connection.ts'
import type { EventBatch } from '../../../src/wire/events.ts'
import type { HostListener } from '../../../src/wire/host.ts'
import { resultOf } from '../../../src/wire/result.ts'

export const hello: Hello = {
  wire: WIRE_VERSION,
  kind: 'default',
  namespace: 'default',
  owner: 'me',
  asks: [],
  settings: SessionConfiguration.default().settings,
}

export const welcome: Welcome = {
  facts: { engine: 'inline', fileStore: { kind: 'memory', reason: '' }, records: { durable: true, reason: '' } },
  tasks: [],
  unreadable: [],
  nextIdentifier: 1,
}

/** One engine behind a rung. */
export class FakeEngine {
  readonly calls: string[] = []
  terminated = false
  post: (batch: EventBatch) => void = () => {}
  /** What commands answer; `open` answers the welcome unless told otherwise. */
  answer: (name: CommandName, args: readonly unknown[]) => unknown = () => undefined
  readonly #lost = Promise.withResolvers<void>()

  die(): void {
    this.#lost.resolve()
  }

  connection(): Connection {
    return {
      service: {
        call: (name, ...args) => {
          this.calls.push(name)
          return resultOf(async () => ((await this.answer(name, args)) ?? (name === 'open' ? welcome : null)) as never)
        },
      },
      lost: this.#lost.promise,
      terminate: () => {
        this.terminated = true
      },
    }
  }
}

/** A rung that gives one engine after another, and fails where there is none. */
export function rung(name: string, ...engines: (FakeEngine | Error)[]): Rung & { connects: number } {
  return {
    name,
    connects: 0,
    async connect(onEvents) {
      const next = engines[Math.min(this.connects++, engines.length - 1)]
      if (!next || next instanceof Error) throw next ?? new URLError('unsupportedByPlatform', { why: 'no such place' })
      next.post = onEvents
      return next.connection()
    },
  }
}

/** A listener that writes down what it hears. */
export function ear(): HostListener & { heard: string[] } {
  const heard: string[] = []
  return {
    heard,
    onEvents: ({ sequence }) => void heard.push(`events ${sequence}`),
    onLost: () => void heard.push('lost'),
    onWelcome: (_welcome, refused) =>
      void heard.push(`welcome${refused.length > 0 ? `, refused: ${refused.join('; ')}` : ''}`),
  }
}
