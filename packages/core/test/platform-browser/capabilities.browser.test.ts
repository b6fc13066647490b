/** Every row of the capabilities is true here, and has a reason. */
import { expect, onTestFinished, test } from 'vitest'
import { browserCapabilities } from '../../src/platform/browser/browser-capabilities.ts'

function hide(target: object, name: string): void {
  Object.defineProperty(target, name, { value: undefined, configurable: true })
  onTestFinished(() => void Reflect.deleteProperty(target, name))
}

test('every row has a reason', () => {
  const { reasons, ...values } = browserCapabilities({ engine: 'worker' })
  expect(Object.keys(reasons)).toEqual(Object.keys(values))
  for (const reason of Object.values(reasons)) expect(reason.length).toBeGreaterThan(10)
})

test('before the engine starts it says what the browser promises', () => {
  expect(browserCapabilities({ engine: 'worker' })).toMatchObject({
    engine: 'worker',
    fileStore: 'opfs',
    survivesRestart: true,
    redirects: 'final-only',
    cookies: 'browser',
    uploadProgress: 'bytes',
    pingFrames: false,
    socketHeaders: false,
    socketPauses: false,
    proxy: false,
    rawSockets: false,
  })
  expect(browserCapabilities({ engine: 'inline' })).toMatchObject({ engine: 'inline', fileStore: 'indexeddb' })
})

test('a page without OPFS is told why', () => {
  hide(navigator, 'storage')
  const { fileStore, reasons } = browserCapabilities({ engine: 'worker' })
  expect(fileStore).toBe('indexeddb')
  expect(reasons.fileStore).toMatch(/https/)
})

test('what was really picked goes before what was promised', () => {
  const fileStore = { kind: 'memory', reason: 'nothing can be stored' } as const
  const capabilities = browserCapabilities({ engine: 'worker', fileStore })
  expect(capabilities).toMatchObject({ fileStore: 'memory', survivesRestart: false })
  expect(capabilities.reasons.survivesRestart).toBe('nothing can be stored')
  const records = { durable: false, reason: 'records are in memory' }
  expect(browserCapabilities({ engine: 'worker', records }).reasons.survivesRestart).toBe('records are in memory')
})

test('the test for stream bodies agrees with the browser', () => {
  // Chromium has them; a browser without them turns the stream into text.
  const sends = !new Request('https://example.invalid', {
    method: 'POST',
    body: new ReadableStream(),
    duplex: 'half',
  } as RequestInit).headers.has('content-type')
  expect(browserCapabilities({ engine: 'worker' }).requestStreams).toBe(sends)
})
