/**
 * What runs anywhere: fakes, the recorder, and an origin held from afar. The origin itself is
 * `@urlsession/testing/origin` (Node); a contract for each port is in `@urlsession/testing/contracts`.
 */
export * from './fakes/index.ts'
export { Recorder, type RecordedCall, type RecorderOptions, delegateMethods } from './recorder.ts'
export { remoteOrigin, type RemoteFile, type RemoteOrigin } from './origin/remote-origin.ts'
export { blockSize, contentAt, contentView, firstDifference } from './origin/content.ts'
export type { ControlCommand, FileFacts } from './origin/control-commands.ts'
export type { JournalEntry, Outcome } from './origin/journal.ts'
export type { Sha256 } from './origin/sha256.ts'
export type * from './origin/vocabulary.ts'
