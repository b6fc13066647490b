/**
 * Owns: letting everything happen that needs no more time: pending promises, stream reads, port messages.
 * Why: with a fake clock a test must know that all consequences of one moment are there before it moves to the next.
 */

/** One turn of the event loop: every microtask runs, and messages and stream reads that were due. */
function turn(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (run: () => void) => void }
  if (setImmediate) return new Promise((resolve) => setImmediate(resolve))
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.addEventListener('message', () => {
      port1.close()
      resolve()
    })
    port1.start()
    port2.postMessage(null)
  })
}

/** Lets `turns` turns of the event loop pass. Default 3: enough for promises, a stream, and a message that answers one. */
export async function settle(turns = 3): Promise<void> {
  for (let i = 0; i < turns; i++) await turn()
}
