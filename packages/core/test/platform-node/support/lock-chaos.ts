/** Owns: many processes that fight for one lock while they are killed and stopped, and the judgement of what they wrote down. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Chaos {
  /** How often the lock was had. */
  readonly owners: number
  /** How often it went over from one that was killed while it had it. */
  readonly inherited: number
  /** Two owners at once, in words; empty when all is well. */
  readonly breaches: readonly string[]
}

/** Kills one of `processes` after another until `kills` are dead, and stops some for a moment in between. */
export async function lockChaos(folder: string, { processes, kills, random = Math.random }: { processes: number; kills: number; random?: () => number }): Promise<Chaos> {
  const logPath = join(folder, 'log')
  const children = await Promise.all(Array.from({ length: processes }, () => start(folder, logPath)))
  const any = (): number => Math.floor(random() * children.length)
  for (let kill = 0; kill < kills; kill++) {
    const [victim, sleeper] = [any(), any()]
    children[sleeper]?.kill('SIGSTOP')
    const gone = once(children[victim] as ChildProcess, 'exit')
    // Waiting for the log to grow lets the others move on by a step or by many.
    await grown(logPath, Math.floor(random() * 2_000))
    children[victim]?.kill('SIGKILL')
    await gone
    children[sleeper]?.kill('SIGCONT')
    children[victim] = await start(folder, logPath)
  }
  for (const child of children) child.kill('SIGKILL')
  return judge(await readFile(logPath, 'utf8'))
}

async function start(folder: string, logPath: string): Promise<ChildProcess> {
  const child = fork(new URL('./chaos-child.ts', import.meta.url), [join(folder, 'locks'), logPath], { execArgv: [] })
  await once(child, 'message')
  return child
}

/** Resolves when the log is that many bytes longer; or soon, if whoever would write is the one that was stopped. */
async function grown(path: string, by: number): Promise<void> {
  const size = async (): Promise<number> => (await readFile(path).catch(() => Buffer.alloc(0))).length
  const from = await size()
  for (let tries = 0; tries < 50 && (await size()) < from + by; tries++) await new Promise((resolve) => setImmediate(resolve))
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
