/**
 * Owns: the one place where the fakes meet the ports they stand in for. Everything here is a type, but for the error
 * class that ports promise to throw.
 */
export type { Chance, Clock } from '../../../core/src/ports/clock.ts'
export type { Connectivity } from '../../../core/src/ports/connectivity.ts'
export type { Digest, DigestFactory } from '../../../core/src/ports/digest.ts'
export type { FileStore, FileWriter } from '../../../core/src/ports/file-store.ts'
export type { Lock, Locks } from '../../../core/src/ports/locks.ts'
export type { Platform } from '../../../core/src/ports/platform.ts'
export type { RecordStore } from '../../../core/src/ports/record-store.ts'
export type { BodySource, Transport, WireRequest, WireResponse } from '../../../core/src/ports/transport.ts'
export { URLError, type URLErrorCode } from '../../../core/src/model/url-error.ts'
