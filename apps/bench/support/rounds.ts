/** Takes turns: each contender once a round, another one first in each, so that none has the better moment. */
import { spawnSync } from 'node:child_process'

export type Contenders<Name extends string> = Readonly<Record<Name, () => Promise<number>>>

/** Milliseconds of each contender in each round. */
export async function takeTurns<Name extends string>(
  rounds: number,
  contenders: Contenders<Name>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[]
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length] as Name
      // What the last one wrote is not to be written while this one is measured.
      spawnSync('sync')
      say(`${round + 1}/${rounds} ${name}`)
      times[name].push(await contenders[name]())
    }
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
