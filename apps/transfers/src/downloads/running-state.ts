/** What a transfer that is not over is doing, in words: the same for both directions, but for a few. */
import type { DownloadTask, UploadTask } from 'urlsession'
import type { Tone } from './describe.ts'

export interface DirectionWords {
  readonly permission: string
  readonly moving: string
  /** Every byte has moved, and something is still to be done. */
  readonly moved: string
}

export function runningState(
  task: DownloadTask | UploadTask,
  completed: number,
  total: number | null,
  { permission, moving, moved }: DirectionWords,
): readonly [Tone, string] {
  if (task.state === 'suspended') return ['resting', 'Paused']
  if (task.state !== 'running') return ['resting', 'Cancelling']
  switch (task.waitingFor) {
    case 'connectivity':
      return ['waiting', 'Waiting for the network']
    case 'retry':
      return ['waiting', 'About to try again']
    case 'slot':
      return ['waiting', 'Waiting for its turn']
    case 'begin-date':
      return ['waiting', 'Waiting for its time']
    case 'file-permission':
      return ['waiting', permission]
    case 'delegate':
      return ['busy', 'Finishing']
    case null:
      if (completed === 0) return ['busy', 'Connecting']
      return ['busy', completed === total ? moved : moving]
  }
}
