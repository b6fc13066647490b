/** What Node's engine loads with its first upload. */
import { openPath } from '../platform/node/open-path.ts'
import { createUploads, type UploadModule } from '../transfers/upload/upload-module.ts'

export const uploads: UploadModule = createUploads({
  loader: ({ loader }) => loader,
  openPath,
  showsInformational: true,
})
