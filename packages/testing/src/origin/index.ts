/**
 * The origin's public names (Node).
 */
export { startOrigin } from './origin.ts'
export type { Origin, OriginOptions } from './origin-api.ts'
export type { Route } from './answer-request.ts'
export { Exchange } from './exchange.ts'
export type { FileHandle, RequestFacts } from './origin-file.ts'
export type { EntryPredicate, Journal, JournalEntry, Outcome } from './journal.ts'
export { sha256Of, type Sha256 } from './sha256.ts'
export type { StaticDir } from './static-files.ts'
export { blockSize, contentAt, contentView, firstDifference } from './content.ts'
export { remoteOrigin, type RemoteFile, type RemoteOrigin } from './remote-origin.ts'
export type { ControlCommand, FileFacts } from './control-commands.ts'
export type * from './vocabulary.ts'
