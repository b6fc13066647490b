/** How much memory a process and all its children have, by Linux's own account. */
import { readFileSync, readdirSync } from 'node:fs'

const mebi = 1 << 20

/** Bytes: each shared page counted once over all (PSS), or null where the system does not say. */
export function memoryOf(root: number): number | null {
  if (process.platform !== 'linux') return null
  return treeOf(root).reduce((sum, pid) => sum + ownMemory(pid), 0)
}

/** Watches a tree of processes until `ended`; the answer is the most it had over `idle`, in MiB. */
export async function peakOver(idle: number, root: number, ended: Promise<unknown>): Promise<number> {
  let over = false
  void ended.then(() => (over = true))
  let peak = 0
  while (!over) {
    peak = Math.max(peak, memoryOf(root) ?? 0)
    await pause(50)
  }
  return (peak - idle) / mebi
}

/**
 * What it has when nothing happens: the first two seconds in a row in which it hardly changed, since a browser goes on
 * starting processes for a while.
 */
export async function idleMemory(root: number): Promise<number | null> {
  let samples: number[] = []
  for (let tries = 0; tries < 400; tries++) {
    const memory = memoryOf(root)
    if (memory === null) return null
    samples = [...samples, memory].slice(-40)
    if (samples.length === 40 && Math.max(...samples) - Math.min(...samples) < 2 * mebi) break
    await pause(50)
  }
  return samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? null
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

function treeOf(root: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : ''
    // The name in brackets may hold anything.
    const parent = /^\) \S (\d+)/.exec(stat.slice(stat.lastIndexOf(')')))?.[1]
    if (parent !== undefined) parents.set(Number(name), Number(parent))
  }
  const tree = [root]
  for (const pid of tree) for (const [child, parent] of parents) if (parent === pid) tree.push(child)
  return tree
}

function ownMemory(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1]
  return Number(kilobytes ?? 0) * 1024
}

/** A process may end between being listed and being read. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
