/** When a WebSocket that was lost is made again, after how long, and when no more. */
import { describe, expect, it } from 'vitest'
import { Reopening } from '../../../src/loading/sockets/reopening.ts'
import { URLError } from '../../../src/model/url-error.ts'
import type { Reconnect } from '../../../src/model/web-socket-options.ts'

const retry = { attempts: 3, baseDelay: 500, maximumDelay: 30_000 }
const made = (rules: Reconnect | null = {}): Reopening => new Reopening(rules, { retry })
const lost = { code: null, reason: '', error: null }

describe('a WebSocket that is lost', () => {
  it('comes back for as long as it takes, however often a session tries its requests', () => {
    const reopening = made()
    const delays = Array.from({ length: 500 }, () => reopening.afterFailure(new URLError('timedOut'), 1))
    expect(delays.slice(0, 8)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    expect(delays.at(-1)).toBe(30_000)
  })

  it('comes back so often as was said, and with no other end than that', () => {
    const reopening = made({ attempts: 2 })
    const delays = [1, 2, 3].map(() => reopening.afterLoss(lost, 0, 1))
    expect(delays).toEqual([500, 1000, null])
  })

  it('counts anew after a connection that lasted, and not after one that did not', () => {
    const reopening = made({ attempts: 2, stableAfter: 100 })
    expect([0, 99, 99].map((lived) => reopening.afterLoss(lost, lived, 1))).toEqual([500, 1000, null])
    expect(reopening.afterLoss(lost, 100, 1)).toBe(500)
    expect(reopening.attempt).toBe(1)
  })

  it('counts ten seconds as lasting where nothing else was said', () => {
    const reopening = made({ attempts: 1 })
    expect([0, 9999, 10_000].map((lived) => reopening.afterLoss(lost, lived, 1))).toEqual([500, null, 500])
  })

  it('ends with what would end the same way: a message that is too long, a refusal, a close that says so', () => {
    const reopening = made()
    const error = new URLError('dataLengthExceedsMaximum')
    expect(reopening.afterLoss({ ...lost, error }, 0, 1)).toBeNull()
    expect(reopening.afterFailure(new URLError('badURL'), 1)).toBeNull()
    const codes = [1000, 1001, 1002, 1005, 1008, 1009, 1011, 1012, 1013, 1014, 4000]
    const again = codes.filter((code) => made().afterLoss({ ...lost, code }, 0, 1) !== null)
    expect(again).toEqual([1001, 1005, 1011, 1012, 1013, 1014])
  })

  it('is not made again where nobody asked for it, and at once where only its tab went', () => {
    expect(made(null).afterLoss(lost, 0, 1)).toBeNull()
    const reopening = made({ attempts: 1 })
    expect([1, 2].map(() => reopening.afterLoss({ ...lost, handOver: true }, 0, 1))).toEqual([0, 0])
  })
})
