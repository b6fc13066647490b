/** `curl -o`, the plainest download there is. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, rm } from 'node:fs/promises'

/** Milliseconds, the start of the program included; with `flushed`, until the disk has it too. */
export async function curl(url: string, path: string, flushed = false): Promise<number> {
  const started = performance.now()
  const child = spawn('curl', ['-sS', '-o', path, url], { stdio: 'inherit' })
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`curl ended with ${code}`)
  if (flushed) {
    const file = await open(path, 'r+')
    await file.sync()
    await file.close()
  }
  const elapsed = performance.now() - started
  await rm(path)
  return elapsed
}
