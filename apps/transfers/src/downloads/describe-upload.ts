/** An upload in words and numbers, ready to be shown. What left and what the server has said it has are told apart. */
import { runningState } from './running-state.ts'
import type { UploadTask } from 'urlsession'
import { bytes, duration, speed } from '../words.ts'
import type { Action, Description, Tone } from './describe.ts'
import type { Sending, Sent, Upload } from './upload.ts'

export function describeUpload(upload: Upload): Description {
  return upload.kind === 'sending' ? describeSending(upload) : describeSent(upload)
}

function describeSending({ task }: Sending): Description {
  const { completed, total, fraction, bytesPerSecond, secondsLeft } = task.progress.snapshot()
  const [tone, state] = stateOf(task, completed, total)
  const moving = task.state === 'running' && task.waitingFor === null && bytesPerSecond > 0 && completed !== total
  const warning = task.warnings.at(-1)
  return {
    tone,
    state,
    fraction,
    figures: [
      ...(total === null ? [] : [`${bytes(completed)} of ${bytes(total)} sent`]),
      // A server that takes a file in one request says nothing before the end.
      ...(task.accepted > 0 ? [`${bytes(task.accepted)} accepted`] : []),
      ...(moving ? [speed(bytesPerSecond)] : []),
      ...(moving && secondsLeft !== null ? [`${duration(secondsLeft)} left`] : []),
    ],
    notice: task.waitingFor === 'file-permission' ? mayRead : (warning?.message ?? null),
    actions: actionsOf(task),
  }
}

const mayRead = 'The browser has to ask you once more whether this page may read the file.'

function actionsOf({ state, waitingFor }: UploadTask): readonly Action[] {
  if (state === 'suspended') return ['resume', 'cancel']
  if (state !== 'running') return []
  return waitingFor === 'file-permission' ? ['allow', 'cancel'] : ['pause', 'cancel']
}

function stateOf(task: UploadTask, completed: number, total: number | null): readonly [Tone, string] {
  const words = { permission: 'Waiting for permission', moving: 'Uploading', moved: 'Finishing' }
  return runningState(task, completed, total, words)
}

function describeSent({ size, trouble }: Sent): Description {
  const cancelled = trouble?.code === 'cancelled'
  return {
    tone: trouble === null ? 'good' : cancelled ? 'resting' : 'bad',
    state: trouble === null ? 'Uploaded' : cancelled ? 'Cancelled' : 'Failed',
    fraction: undefined,
    figures: trouble === null ? [bytes(size)] : [],
    notice: trouble === null || cancelled ? null : trouble.message,
    actions: ['forget'],
  }
}

/** Where an upload stands, said aloud. */
export function spokenUpload(upload: Upload): string {
  const { state, notice } = describeUpload(upload)
  if (upload.kind === 'sent') return notice === null ? state : `${state}. ${notice}`
  const { task } = upload
  const worthAWord = task.state !== 'running' || task.waitingFor === 'connectivity'
  return worthAWord || task.waitingFor === 'file-permission' ? state : 'Uploading'
}
