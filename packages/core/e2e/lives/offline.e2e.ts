/** No network: the task says what it waits for, costs nothing meanwhile, and goes on when there is one. */
import { begin, finish, received } from '../support/life.ts'
import { expect, test } from '../support/stage.ts'

for (const kind of ['default', 'background'])
  test(`offline and online again, ${kind} session`, async ({ context, page, stage }) => {
    const { here, there, open } = await stage()
    const file = there.file(`offline-${kind}.bin`, { size: 5_000_000, seed: 15 })
    file.nextResponses([{ stallAfter: 1_000_000 }])
    await open()
    await begin(page, file, kind === 'background' ? { identifier: 'offline' } : {})
    await received(page, 1_000_000)
    await context.setOffline(true)
    there.dropAllConnections()
    await page.waitForFunction(() => globalThis.task.waitingFor === 'connectivity')
    const asked = there.journal.forFile(file.name).length

    const next = there.nextRequest({ file: file.name })
    await context.setOffline(false)
    expect((await next).range).toBe('bytes=1000000-')
    expect(there.journal.forFile(file.name).length).toBe(asked + 1)
    const { hex } = await file.sha256()
    expect(await finish(page, here)).toMatchObject({ size: file.size, sha256: hex })
  })
