/** `upload.js`: what a browser's engine loads with its first upload. */
import { Loader } from '../loading/loader.ts'
import { chunksOf } from '../platform/browser/chunk-reader.ts'
import { createFetchTransport } from '../platform/browser/fetch-transport.ts'
import { createXHRTransport } from '../platform/browser/xhr-transport.ts'
import { createUploads, type UploadModule } from '../transfers/upload/upload-module.ts'

export const uploads: UploadModule = createUploads({
  loader: ({ settings }) => new Loader(createXHRTransport(createFetchTransport(chunksOf)), settings, null),
  openPath: null,
  showsInformational: false,
})
