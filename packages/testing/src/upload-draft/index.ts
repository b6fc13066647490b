/** A small server of resumable uploads, for tests (Node). */
export { startUploadServer, type StoredUpload, type UploadServer, type UploadServerOptions } from './upload-server.ts'
export type { UploadFault } from './upload-faults.ts'
