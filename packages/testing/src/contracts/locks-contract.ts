/**
 * Owns: what every Locks promises.
 */
import type { Lock, Locks } from '../fakes/ports.ts'
import { type ContractCase, check, same } from './cases.ts'

/** How the contract gets at an adapter. */
export interface LocksHarness {
  /** Two parties that exclude each other (tabs, processes; where there is only one, the same twice). */
  parties: () => Promise<readonly [Locks, Locks]>
  /** Lets the first party die without releasing. Without it that case is left out. */
  die?: (party: Locks) => Promise<void>
}

let names = 0
const freshName = (): string => `urlsession:contract ${++names} ${Date.now()}`
const taken = (lock: Lock | null, what: string): Lock => {
  check(lock !== null, `${what}: the lock was not given`)
  return lock
}

/** The cases. */
export function locksContract({ parties, die }: LocksHarness): ContractCase[] {
  const cases: ContractCase[] = []
  const on = (name: string, run: (one: Locks, other: Locks, lock: string) => Promise<void>): void =>
    void cases.push({ name, run: async () => run(...(await parties()), freshName()) })

  on('a lock is held by one, and known to both', async (one, other, name) => {
    same([await one.isHeld(name), await other.isHeld(name)], [false, false], 'before')
    const lock = taken(await one.acquire(name), 'first')
    same(await other.acquire(name), null, 'the other party')
    same([await one.isHeld(name), await other.isHeld(name)], [true, true], 'held')
    await lock.release()
    same([await one.isHeld(name), await other.isHeld(name)], [false, false], 'after')
  })

  on('a released lock can be taken at once', async (one, other, name) => {
    await taken(await one.acquire(name), 'first').release()
    const lock = taken(await other.acquire(name), 'second')
    same(await one.acquire(name), null, 'the first party again')
    await lock.release()
  })

  on('the holder itself does not get it twice', async (one, _other, name) => {
    const lock = taken(await one.acquire(name), 'first')
    same(await one.acquire(name), null, 'a second time')
    await lock.release()
  })

  on('other names are other locks', async (one, other, name) => {
    const first = taken(await one.acquire(`${name} a`), 'a')
    const second = taken(await other.acquire(`${name} b`), 'b')
    await first.release()
    same(await one.isHeld(`${name} b`), true, 'b')
    await second.release()
  })

  on("releasing twice does not free somebody else's", async (one, other, name) => {
    const lock = taken(await one.acquire(name), 'first')
    await lock.release()
    const theirs = taken(await other.acquire(name), 'second')
    await lock.release()
    same(await one.isHeld(name), true, 'still held')
    await theirs.release()
  })

  on('of many who ask at once, one gets it', async (one, other, name) => {
    const answers = await Promise.all([one, other, one, other, one, other].map((party) => party.acquire(name)))
    const given = answers.filter((lock) => lock !== null)
    same(given.length, 1, 'given')
    await given[0]?.release()
  })

  if (die) {
    on('a holder that died holds nothing', async (one, other, name) => {
      taken(await one.acquire(name), 'first')
      await die(one)
      await taken(await other.acquire(name), 'after the death').release()
    })
  }
  return cases
}
