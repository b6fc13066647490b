/** What a server asks for with Retry-After, and where the caller's patience ends. */
import { describe, expect, it } from 'vitest'
import { URLError } from '../../../src/model/url-error.ts'
import { after, calm, interrupted, loading, standing, the } from '../support/machine-script.ts'

const busy = (): URLError => new URLError('badServerResponse', { status: 503, retryable: true })

describe('Retry-After', () => {
  it('is waited for in full, with at most a second of jitter more', () => {
    for (const chance of [0, 0.5, 0.999]) {
      const at = { ...calm, chance }
      const delay = the(
        'timer',
        after(standing(loading, { fruitless: 8 }), interrupted(busy(), 20_000), at).effects,
      )?.delay
      expect(delay).toBeGreaterThanOrEqual(20_000)
      expect(delay).toBeLessThanOrEqual(21_000)
    }
  })

  it('may be longer than any delay of our own', () => {
    const step = after(standing(loading), interrupted(busy(), 3_600_000))
    expect(step.phase).toBe('waiting')
    expect(the('timer', step.effects)?.delay).toBeGreaterThanOrEqual(3_600_000)
  })

  it('of zero is not asked again without any pause', () => {
    expect(the('timer', after(standing(loading), interrupted(busy(), 0)).effects)?.delay).toBe(250)
  })

  it('counts as a fruitless attempt', () => {
    expect(after(standing(loading), interrupted(busy(), 1000)).state.fruitless).toBe(1)
  })

  it('beyond the deadline ends the transfer now, with the server’s answer', () => {
    const error = busy()
    const step = after(standing(loading, { deadline: calm.now + 60_000 }), interrupted(error, 60_000))
    expect(the('fail', step.effects)).toEqual({ do: 'fail', error, keepBytes: true })
  })

  it('just before the deadline is still waited for', () => {
    const step = after(standing(loading, { deadline: calm.now + 60_251 }), interrupted(busy(), 60_000))
    expect(step.phase).toBe('waiting')
  })

  it('on a suspended transfer leaves it at rest', () => {
    expect(after(standing({ name: 'held', advanced: false }), interrupted(busy(), 1000)).phase).toBe('idle')
  })
})
