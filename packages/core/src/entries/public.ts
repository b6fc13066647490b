/** Every public name but `URLSession` itself, which each entry point binds to its platform. */
export { SessionConfiguration } from '../model/configuration.ts'
export type {
  ConfigurationOptions,
  EngineOptions,
  SessionKind,
  Settings,
  Timeouts,
  TransportSecurity,
  TransportSecurityException,
} from '../model/configuration.ts'
export type { EffectiveOption } from '../model/effective.ts'
export type { Diagnosis, HiddenHeader } from '../model/diagnosis.ts'
export type { DiagnoseOptions } from '../loading/diagnose.ts'
export type { StandardSchemaV1, SchemaIssue, SchemaResult } from '../session/decode-json.ts'
export type { ServerSentEvent } from '../session/event-stream.ts'
export type { StoredCredentials, URLCredentialStorage } from '../loading/authentication/credential-storage.ts'
export type { BearerOptions } from '../model/bearer-options.ts'
export type { CredentialPersistence, URLCredential } from '../model/credential.ts'
export type { CredentialStorage } from '../model/credential-storage.ts'
export type { URLCache, URLCacheOptions } from '../loading/cache/url-cache.ts'
export type { CachedURLResponse, CacheStoragePolicy, ResponseCache } from '../model/url-cache.ts'
export { protectionSpace } from '../model/protection-space.ts'
export type {
  ChallengeDisposition,
  ChallengeResponse,
  URLAuthenticationChallenge,
  URLProtectionSpace,
} from '../model/protection-space.ts'
export type { ResetReport } from '../model/reset-report.ts'
export type { RequestAdapter } from '../model/adapter.ts'
export type {
  NetworkAccess,
  NetworkAccessOptions,
  NetworkStatus,
  NetworkUnavailableReason,
} from '../model/network-access.ts'
export type { RetryOptions } from '../model/retry-options.ts'
export type {
  CookieOptions,
  NetworkOptions,
  PEM,
  PinnedDomain,
  ProxyOptions,
  TLSOptions,
} from '../model/network-options.ts'
export { URLError } from '../model/url-error.ts'
export type { ErrorPhase, ErrorRecord, URLErrorCode, URLErrorDetails } from '../model/url-error.ts'
export type {
  ProtocolRequest,
  ProtocolRequestHead,
  ProtocolResponse,
  URLProtocol,
  URLProtocolClient,
} from '../model/url-protocol.ts'
export { URLResponse } from '../model/response.ts'
export type { ResponseRecord } from '../model/response.ts'
export type { CachePolicy, RequestLike, URLRequest } from '../model/request.ts'
export type { Capabilities, CapabilityValues, FileStoreKind } from '../model/capabilities.ts'
export type { DownloadDestination, PickedFile } from '../model/download-options.ts'
export type {
  DataOptions,
  DownloadOptions,
  FetchInit,
  TaskOptions,
  UploadOptions,
  WebSocketOptions,
} from '../session/task-options.ts'
export type { TusChecksum, TusOptions } from '../model/tus-options.ts'
export type { FilePath, NamedUploadProtocol, UploadBody } from '../model/upload-options.ts'
export type {
  UploadAccepted,
  UploadAnswer,
  UploadClient,
  UploadCreated,
  UploadDetour,
  UploadedPiece,
  UploadEnd,
  UploadInfo,
  UploadLanes,
  UploadLocated,
  UploadProtocol,
  UploadRequest,
} from '../model/upload-protocol.ts'
export type {
  FreshSocketRequest,
  Heartbeat,
  OutgoingMessage,
  Reconnect,
  SocketMessage,
} from '../model/web-socket-options.ts'
export type { Json } from '../model/json.ts'
export type { DownloadResumeData, ResumeData, UploadResumeData } from '../model/resume-data.ts'
export type { SocketMetrics, TaskMetrics, TransactionMetrics, TransactionTimings } from '../model/metrics.ts'
export type { Warning, WarningCode } from '../model/warning.ts'
export type { WaitingFor } from '../wire/events.ts'
export type {
  AnyTask,
  ResponseDisposition,
  SessionDelegate,
  SocketGap,
  TaskDelegate,
  TaskDelegateMethod,
} from '../session/delegate.ts'
export { DownloadTask } from '../session/download-task.ts'
export type { DownloadResult } from '../session/download-task.ts'
export { UploadTask } from '../session/upload-task.ts'
export type { UploadResult } from '../session/upload-task.ts'
export { DataTask } from '../session/data-task.ts'
export type { DataResult } from '../session/data-task.ts'
export { WebSocketTask } from '../session/web-socket-task.ts'
export type { WebSocketResult } from '../session/web-socket-task.ts'
export { Task } from '../session/task.ts'
export type { TaskState } from '../session/task.ts'
export type { DownloadedFile } from '../session/downloaded-file.ts'
export type { FileLibrary } from '../session/file-library.ts'
export type { LibraryFile } from '../session/library-file.ts'
export { Progress } from '../session/progress.ts'
export type { ProgressSnapshot } from '../session/progress.ts'
export type { TaskPromise } from '../session/task-promise.ts'
export { s3Multipart } from '../session/uploads/s3-multipart.ts'
export type { S3MultipartOptions } from '../session/uploads/s3-multipart.ts'
export type { S3Operation, S3Sign, S3Signed, S3SignRequest } from '../session/uploads/s3-signing.ts'
export { contentRangePut } from '../session/uploads/content-range-put.ts'
export type { ContentRangePutOptions } from '../session/uploads/content-range-put.ts'
