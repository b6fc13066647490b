/** Owns: errors that are uncaught on purpose, which the test runner must not take for its own. */
import { onTestFinished } from 'vitest'

/** The next uncaught error of this process or page. Nobody else hears of those until the test ends. */
export function uncaught(): Promise<unknown> {
  return new Promise((resolve) => {
    if (typeof globalThis.process?.prependListener === 'function') {
      const others = process.rawListeners('uncaughtException') as NodeJS.UncaughtExceptionListener[]
      process.removeAllListeners('uncaughtException').on('uncaughtException', resolve)
      onTestFinished(() => {
        process.removeAllListeners('uncaughtException')
        for (const other of others) process.on('uncaughtException', other)
      })
      return
    }
    const hear = (event: ErrorEvent): void => {
      event.stopImmediatePropagation()
      event.preventDefault()
      resolve(event.error)
    }
    addEventListener('error', hear, { capture: true })
    onTestFinished(() => removeEventListener('error', hear, { capture: true }))
  })
}
