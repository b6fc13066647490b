/** Uploads for engines on fakes: bodies go the way of everything else. */
import { createUploads, type UploadModule } from '../../src/transfers/upload/upload-module.ts'

export const uploads: UploadModule = createUploads({
  loader: ({ loader }) => loader,
  openPath: null,
  showsInformational: false,
})
