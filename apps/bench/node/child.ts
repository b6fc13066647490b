/** One measurement in a Node process of its own: `child.ts <what> <url> <folder> [integrity]`. Waits until it is told to begin. */
import { once } from 'node:events'
import { join } from 'node:path'

const [what = '', url = '', folder = '', integrity] = process.argv.slice(2)

const { URLSession } = what === 'discard' ? { URLSession: null } : await import('urlsession')
process.send?.('ready')
await once(process, 'message')
process.send?.({ elapsed: await (URLSession ? download(URLSession) : discard()) })
process.disconnect?.()

async function download(Session: typeof import('urlsession').URLSession): Promise<number> {
  const session = new Session({ directory: join(folder, 'state') })
  // As in the browser: the engine's start is not the download.
  await session.files.list()
  const started = performance.now()
  const { file } = await session.download(url, integrity === undefined ? {} : { integrity })
  const elapsed = performance.now() - started
  await file.remove()
  await session.close()
  return elapsed
}

async function discard(): Promise<number> {
  const started = performance.now()
  const { body } = await fetch(url)
  for await (const _ of body ?? []);
  return performance.now() - started
}
