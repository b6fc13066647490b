/** The worker that the transfer engine lives in: made here, for the session, so that the page can also kill it. */

let running: Worker | null = null
let started = 0
const listeners = new Set<(started: number) => void>()

/** For `engine.createWorker`. Called again by the session itself whenever the engine has died. */
export function createWorker(): Worker {
  running = new Worker(new URL('urlsession/worker', import.meta.url), { type: 'module', name: 'transfers-engine' })
  started += 1
  for (const listener of listeners) listener(started)
  return running
}

/** Ends the worker without a word to anybody, as a crash would. False when there is none to kill. */
export function killWorker(): boolean {
  if (!running) return false
  running.terminate()
  running = null
  return true
}

/** Calls `listener` with the number of workers started so far, each time there is one more. */
export function onWorkerStarted(listener: (started: number) => void): void {
  listeners.add(listener)
}
