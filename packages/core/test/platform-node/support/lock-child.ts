/** A process that takes and releases locks as its parent says: see lock-process.ts. */
import { openLockFiles } from '../../../src/platform/node/lock-files.ts'
import type { Lock } from '../../../src/ports/locks.ts'

const locks = await openLockFiles(process.argv[2] as string)
const taken = new Map<number, Lock>()

process.on(
  'message',
  (message) =>
    void answer(message as { id: number; call: 'acquire' | 'release' | 'isHeld'; name: string; lock: number }),
)
process.send?.('ready')

async function answer({
  id,
  call,
  name,
  lock,
}: {
  id: number
  call: 'acquire' | 'release' | 'isHeld'
  name: string
  lock: number
}): Promise<void> {
  process.send?.({ id, value: await perform(call, name, lock, id) })
}

async function perform(
  call: 'acquire' | 'release' | 'isHeld',
  name: string,
  lock: number,
  id: number,
): Promise<unknown> {
  if (call === 'isHeld') return await locks.isHeld(name)
  if (call === 'release') return await taken.get(lock)?.release()
  const got = await locks.acquire(name)
  if (got) taken.set(id, got)
  return got !== null
}
