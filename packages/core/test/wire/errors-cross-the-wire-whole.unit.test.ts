/** Results instead of exceptions: what is thrown on one side is thrown on the other, and everything that crosses is cloneable. */
import { describe, expect, it } from 'vitest'
import { URLError } from '../../src/model/url-error.ts'
import type { EngineCommands } from '../../src/wire/commands.ts'
import { resultOf, valueOf } from '../../src/wire/result.ts'
import { serve } from '../../src/wire/serve.ts'

const crossed = <T>(value: T): T => structuredClone(value)

describe('a result', () => {
  it('carries a value', async () => {
    expect(valueOf(crossed(await resultOf(() => ({ a: [1, new Uint8Array(2)] }))))).toEqual({
      a: [1, new Uint8Array(2)],
    })
    expect(valueOf(crossed(await resultOf(() => undefined)))).toBeUndefined()
  })

  it('carries a URLError whole', async () => {
    const error = new URLError('noSpaceLeft', {
      url: 'https://host.test/',
      why: 'full',
      phase: 'storage',
      bytesTransferred: 5,
      status: 206,
    })
    const result = crossed(await resultOf(() => Promise.reject(error)))
    expect(() => valueOf(result)).toThrow(
      expect.objectContaining({
        code: 'noSpaceLeft',
        message: error.message,
        phase: 'storage',
        bytesTransferred: 5,
        status: 206,
      }),
    )
  })

  it.each([new TypeError('x'), 'text', undefined, { a: () => 1 }])(
    'carries %o as an unknown failure',
    async (thrown) => {
      const result = crossed(await resultOf(() => Promise.reject(thrown as Error)))
      expect(() => valueOf(result)).toThrow(expect.objectContaining({ name: 'URLError', code: 'unknown' }))
    },
  )

  it('catches what is thrown at once', async () => {
    const result = await resultOf(() => {
      throw new URLError('badURL')
    })
    expect(result).toMatchObject({ ok: false, error: { code: 'badURL' } })
  })
})

describe('an engine behind its door', () => {
  it('is called by name, with its own `this`', async () => {
    class Own {
      readonly #secret = 7
      async create(task: { identifier: number }): Promise<{ identifier: number }> {
        return { identifier: task.identifier + this.#secret }
      }
    }
    const service = serve(new Own() as unknown as EngineCommands)
    expect(await service.call('create', { identifier: 1 } as never)).toEqual({ ok: true, value: { identifier: 8 } })
  })
})
