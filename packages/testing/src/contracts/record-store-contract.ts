/**
 * Owns: what every RecordStore promises.
 */
import type { RecordStore } from '../fakes/ports.ts'
import { type ContractCase, check, same } from './cases.ts'

/** How the contract gets at an adapter. */
export interface RecordStoreHarness {
  /** A store on fresh, empty storage. */
  open: () => Promise<RecordStore>
  /** The same storage again, as after a restart. Without it those cases are left out. */
  reopen?: (store: RecordStore) => Promise<RecordStore>
}

const record = (number: number): Record<string, unknown> => ({
  v: 1,
  text: `naïve 漢字 🎈 ${number}`,
  nothing: null,
  yes: true,
  number: 2 ** 40 + 0.5,
  list: [
    [0, 5],
    [7, 9],
  ],
  deep: { er: { est: [] } },
})

/** The cases. */
export function recordStoreContract({ open, reopen }: RecordStoreHarness): ContractCase[] {
  const cases: ContractCase[] = []
  const on = (name: string, run: (store: RecordStore) => Promise<void>): void =>
    void cases.push({ name, run: async () => run(await open()) })

  on('a key that was never set is undefined, and no entry', async (store) => {
    same(await store.get('a/none'), undefined, 'get')
    same(await store.entries(''), [], 'entries')
  })

  on('gives back what was set: nested data, text of any kind, bytes', async (store) => {
    await store.set('a/1', record(1))
    same(await store.get('a/1'), record(1), 'record')
    await store.set('a/2', { state: new Uint8Array([0, 1, 255]), at: 7 })
    const { state } = (await store.get('a/2')) as { state: unknown }
    check(state instanceof Uint8Array, 'bytes come back as a Uint8Array')
    same([...state], [0, 1, 255], 'bytes')
    for (const value of ['', 0, false, [], 'text']) {
      await store.set('a/3', value)
      same(await store.get('a/3'), value, 'a bare value')
    }
  })

  on('the last set wins, and a deleted key is gone', async (store) => {
    await store.set('a/1', record(1))
    await store.set('a/1', record(2))
    same(await store.get('a/1'), record(2), 'after the second set')
    await store.delete('a/1')
    same(await store.get('a/1'), undefined, 'after delete')
    await store.delete('a/1')
    await store.delete('a/never')
  })

  on('sets of one key that are not awaited end in their order', async (store) => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.set('a/1', record(i))))
    same(await store.get('a/1'), record(19), 'record')
  })

  on('stores a copy: what the caller does with his object later changes nothing', async (store) => {
    const mine = { list: [1] }
    const stored = store.set('a/1', mine)
    mine.list.push(2)
    await stored
    same(await store.get('a/1'), { list: [1] }, 'changed after set')
    ;((await store.get('a/1')) as typeof mine).list.push(3)
    same(await store.get('a/1'), { list: [1] }, 'changed after get')
  })

  on('entries gives every key with the prefix, and no other', async (store) => {
    const keys = ['a/task/1', 'a/task/2', 'a/task', 'a/taskforce/1', 'b/task/1', 'A/task/1', 'a/task/ü~.%2f']
    await Promise.all(keys.map((key, i) => store.set(key, record(i))))
    const found = await store.entries('a/task/')
    same(found.map(([key]) => key).toSorted(), ['a/task/1', 'a/task/2', 'a/task/ü~.%2f'], 'keys')
    same(Object.fromEntries(found)['a/task/2'], record(1), 'value')
    same((await store.entries('')).length, keys.length, 'all of them')
    same(await store.entries('zzz'), [], 'none of them')
  })

  on('holds hundreds of records, and large ones', async (store) => {
    await Promise.all(Array.from({ length: 300 }, (_, i) => store.set(`many/${i}`, record(i))))
    same((await store.entries('many/')).length, 300, 'entries')
    const large = 'x'.repeat(1_000_000)
    await store.set('large', { large })
    same(((await store.get('large')) as { large: string }).large.length, large.length, 'length')
  })

  if (reopen) {
    on('what was set is there after a restart; what was deleted is not', async (store) => {
      await store.set('a/1', record(1))
      await store.set('a/2', record(2))
      await store.set('a/bytes', { state: new Uint8Array([1, 2]) })
      await store.delete('a/2')
      const again = await reopen(store)
      same(await again.get('a/1'), record(1), 'record')
      same(await again.get('a/2'), undefined, 'deleted record')
      check(
        ((await again.get('a/bytes')) as { state: unknown }).state instanceof Uint8Array,
        'bytes come back as a Uint8Array',
      )
      same((await again.entries('a/')).length, 2, 'entries')
    })
  }
  return cases
}
