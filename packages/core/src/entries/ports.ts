/** What a platform lends to the engine: for fakes, contracts and adapters of your own. Types, but for the error class. */
export { URLError } from '../model/url-error.ts'
export type { URLErrorCode } from '../model/url-error.ts'
export type { EngineFacts } from '../model/capabilities.ts'
export type { Chance, Clock } from '../ports/clock.ts'
export type { Connectivity } from '../ports/connectivity.ts'
export type { Digest, DigestAlgorithm, DigestFactory } from '../ports/digest.ts'
export type { FileStore, FileWriter } from '../ports/file-store.ts'
export type { Lock, Locks } from '../ports/locks.ts'
export type { Platform, PlatformFactory, PlatformOptions } from '../ports/platform.ts'
export type { RecordStore } from '../ports/record-store.ts'
export type { TransactionTimings } from '../model/metrics.ts'
export type { BodySource, Transport, WireRequest, WireResponse } from '../ports/transport.ts'
export type {
  Socket,
  SocketAnswer,
  SocketEnd,
  SocketListener,
  SocketOffer,
  SocketTransport,
} from '../ports/socket-transport.ts'
