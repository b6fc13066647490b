/** Owns: many processes that fight for one lock while they are killed and stopped, and the judgement of what they wrote down. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Chaos {
  /** How often the lock was had. */
  readonly owners: number
  /** How often it went over from one that was killed while it had it. */
  readonly inherited: number
  /** Two owners at once, in words; empty when all is well. */
  readonly breaches: readonly string[]
}

/**
 * Kills `kills` processes one after the other, the owner more often than not, and stops one for a moment in
 * between: who wakes up again goes on with what was true before.
 */
export async function lockChaos(
  folder: string,
  { processes, kills }: { processes: number; kills: number },
): Promise<Chaos> {
  const logPath = join(folder, 'log')
  const started = new Set<ChildProcess>()
  const start = async (): Promise<ChildProcess> => {
    const child = fork(new URL('./chaos-child.ts', import.meta.url), [join(folder, 'locks'), logPath], { execArgv: [] })
    started.add(child)
    await once(child, 'message')
    return child
  }
  try {
    const children = await Promise.all(Array.from({ length: processes }, start))
    const any = (): ChildProcess => children[Math.floor(Math.random() * children.length)] as ChildProcess
    let spare = start()
    for (let kill = 0; kill < kills; kill++) {
      const sleeper = any()
      sleeper.kill('SIGSTOP')
      const owner = await nextOwner(logPath)
      const victim = children.find(({ pid }) => pid === owner && Math.random() < 0.8) ?? any()
      const gone = once(victim, 'exit')
      victim.kill('SIGKILL')
      await gone
      sleeper.kill('SIGCONT')
      children[children.indexOf(victim)] = await spare
      spare = start()
    }
    await spare
  } finally {
    for (const child of started) child.kill('SIGKILL')
  }
  return judge(await readFile(logPath, 'utf8'))
}

/** Who is the owner, as soon as somebody is; null if nobody is for long, as when the owner is the one that was stopped. */
async function nextOwner(path: string): Promise<number | null> {
  for (let tries = 0; tries < 1000; tries++) {
    const [what, who] = (await lastLine(path)).split(' ')
    if (what === 'start' || what === 'still') return Number(who)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return null
}

async function lastLine(path: string): Promise<string> {
  const handle = await open(path).catch(() => null)
  if (!handle) return ''
  try {
    const { size } = await handle.stat()
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(200), 0, 200, Math.max(0, size - 200))
    return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').at(-1) ?? ''
  } finally {
    await handle.close()
  }
}

/** An owner that died says nothing more: whoever still speaks after the next has started was owner at the same time. */
function judge(log: string): Chaos {
  const breaches: string[] = []
  let owner: string | null = null
  let owners = 0
  let inherited = 0
  for (const line of log.trimEnd().split('\n')) {
    const [what, who] = line.split(' ') as [string, string]
    if (what === 'start') {
      owners += 1
      if (owner !== null) inherited += 1
      owner = who
    } else if (who !== owner) breaches.push(`${who} says "${what}" while ${owner ?? 'nobody'} is the owner`)
    else if (what === 'end') owner = null
  }
  return { owners, inherited, breaches }
}
