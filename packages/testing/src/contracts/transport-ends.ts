/**
 * Owns: the transport's cases about what the caller ends: aborting, not reading on, cancelling.
 */
import { check, rejection, same } from './cases.ts'
import { type AddCase, readAll, wire } from './transport-stage.ts'

/** Adds them. */
export function addEndCases(on: AddCase): void {
  on(
    "an aborted signal ends it with the signal's own reason: before, at the head, in the body",
    async ({ transport, remote, file }) => {
      const reason = new Error('my reason')
      const unsent = await file({ size: 10 })
      const before = rejection(
        transport.send(wire(unsent.url, { signal: AbortSignal.abort(reason) })),
        'aborted before',
      )
      check((await before) === reason, 'before: another reason')
      same((await unsent.requests()).length, 0, 'requests sent')

      const headless = await file({ size: 10, beforeHead: 'stall' })
      const atHead = new AbortController()
      const sending = rejection(transport.send(wire(headless.url, { signal: atHead.signal })), 'aborted at the head')
      await remote.when({ file: headless.name, ended: false })
      atHead.abort(reason)
      check((await sending) === reason, 'at the head: another reason')
      await remote.when({ file: headless.name, aborted: true })

      const stalled = await file({ size: 1_000_000, stallAfter: 500_000 })
      const inBody = new AbortController()
      const { body } = await transport.send(wire(stalled.url, { signal: inBody.signal }))
      await readAll(body, 400_000)
      const reading = rejection(readAll(body), 'aborted in the body')
      inBody.abort(reason)
      check((await reading) === reason, 'in the body: another reason')
      await remote.when({ file: stalled.name, aborted: true })
      await body.cancel()
    },
  )

  on('a body that is not read stops the server; cancel lets it go, also twice', async ({ transport, remote, file }) => {
    const { url, name } = await file({ size: 2 ** 32 })
    const { body } = await transport.send(wire(url))
    check(((await body.read())?.length ?? 0) > 0, 'first read')
    let sent = -1
    for (let now = 0; now > sent; await new Promise((resolve) => setTimeout(resolve, 150))) {
      sent = now
      now = (await remote.journal({ file: name })).at(-1)?.bytesSent ?? 0
      check(now < 256 << 20, `${now} bytes were taken from the server while one read was made`)
    }
    await body.cancel()
    await body.cancel()
    await remote.when({ file: name, aborted: true })
  })
}
