/** A task whose record cannot be read, as far as it can be shown until its failure is told. */
import type { TaskSnapshot, Welcome } from '../wire/commands.ts'

export function unreadableSnapshot({ uid, url }: Welcome['unreadable'][number]): TaskSnapshot {
  return {
    uid,
    identifier: Number.MAX_SAFE_INTEGER,
    key: null,
    metadata: null,
    description: '',
    priority: 0.5,
    beginAt: null,
    request: { url, method: 'GET', headers: [], body: null, timeout: null, cachePolicy: 'default', credentials: null },
    running: true,
    received: 0,
    total: null,
    response: null,
    kind: 'download',
  }
}
