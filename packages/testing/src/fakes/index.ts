/**
 * The fakes' public names. They run anywhere.
 */
export { FakeClock } from './fake-clock.ts'
export { FixedChance, SeededChance } from './fixed-chance.ts'
export { ManualConnectivity } from './manual-connectivity.ts'
export { LockDomain, LockParty } from './fake-locks.ts'
export { FakeDisk, type UnflushedFate } from './fake-disk.ts'
export { FakeFile } from './fake-file.ts'
export {
  type DeathMoment,
  DiskProcess,
  ProcessDied,
  type ProcessOptions,
  type Step,
  type StepKind,
  everyDeath,
} from './disk-process.ts'
export { DiskFiles } from './disk-files.ts'
export { DiskRecords } from './disk-records.ts'
export {
  type AnswerHead,
  PendingRequest,
  type ScriptedAnswer,
  ScriptedTransport,
  type StandingAnswer,
} from './scripted-transport.ts'
export { type BodyOptions, ScriptedBody } from './scripted-body.ts'
export { type ServedContent, serveContent } from './served-content.ts'
export { type FakePlatform, type FakePlatformParts, fakePlatform } from './fake-platform.ts'
export { sha256Digest } from './sha256-digest.ts'
export { settle } from './turns.ts'
