/** Owns: the one place where the fakes meet the ports they stand in for. */
export type {
  BodySource,
  Chance,
  Clock,
  Connectivity,
  Digest,
  DigestFactory,
  FileStore,
  FileWriter,
  Lock,
  Locks,
  Platform,
  RecordStore,
  Socket,
  SocketEnd,
  SocketTransport,
  Transport,
  URLErrorCode,
  WireRequest,
  WireResponse,
} from 'urlsession/ports'
export { URLError } from 'urlsession/ports'
