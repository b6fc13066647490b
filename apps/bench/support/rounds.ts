/** Takes turns: each contender once a round, another one first in each, so that none has the better moment. */
import { spawnSync } from 'node:child_process'

export type Contenders<Name extends string> = Readonly<Record<Name, () => Promise<number>>>

/**
 * Milliseconds of each contender in each round.
 * @param turns How often each has its turn within a round: where a round takes long, a machine is not the same all through it.
 */
export async function takeTurns<Name extends string>(
  rounds: number,
  contenders: Contenders<Name>,
  turns: number = 1,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[]
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round < rounds; round++) {
    const took = new Map<Name, number>()
    for (let turn = 0; turn < turns * names.length; turn++) {
      const name = names[(round + turn + Math.floor(turn / names.length)) % names.length] as Name
      // What the last one wrote is not to be written while this one is measured.
      spawnSync('sync')
      say(`${round + 1}/${rounds} ${name}`)
      took.set(name, (took.get(name) ?? 0) + (await contenders[name]()))
    }
    for (const name of names) times[name].push(took.get(name) ?? NaN)
  }
  say('')
  return times
}

function say(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`)
}

/** MiB a second. */
export const speeds = (bytes: number, times: readonly number[]): number[] =>
  times.map((elapsed) => bytes / (1 << 20) / (elapsed / 1000))
