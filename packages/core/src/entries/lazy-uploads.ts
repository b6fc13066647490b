/** What uploads need, loaded with the first of them from beside the engine's file. */
import { siblingModule } from '../platform/browser/sibling-module.ts'
import type { UploadModule } from '../transfers/upload/upload-module.ts'

export const lazyUploads = async (): Promise<UploadModule> => (await siblingModule('upload', load)).uploads

const load = (): Promise<{ uploads: UploadModule }> =>
  import(new URL('./upload.js', import.meta.url).href) as Promise<{ uploads: UploadModule }>
