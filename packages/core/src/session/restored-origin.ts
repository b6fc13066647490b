/** How a task of an earlier life begins in this one. */
import type { TaskSnapshot } from '../wire/commands.ts'
import type { SessionCore } from './session-core.ts'
import type { TransferOrigin } from './transfer-task.ts'

export function restoredOrigin(snapshot: TaskSnapshot, core: SessionCore): TransferOrigin {
  const { uid, request, key, metadata, description, priority, beginAt } = snapshot
  // An unreadable record has lost its number.
  const known = Number.isSafeInteger(snapshot.identifier + 1)
  return {
    uid,
    identifier: known ? snapshot.identifier : core.takeIdentifier(),
    request,
    proposed: null,
    options: {
      ...(key === null ? {} : { key }),
      ...(metadata === null ? {} : { metadata }),
      ...(beginAt === null ? {} : { earliestBeginDate: new Date(beginAt) }),
      description,
      priority,
    },
    resumeData: null,
    promised: false,
    restored: snapshot,
    adopted: null,
  }
}
