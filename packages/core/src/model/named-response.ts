/** Gives an answer's head its file name, where somebody may see it. */
import type { ResponseHead } from './response.ts'
import { suggestedFilename } from './suggested-filename.ts'

/** Made up when somebody asks: few do, and names are long to make safe. */
export function named<Head extends Omit<ResponseHead, 'filename'>>(head: Head): Head & { readonly filename: string } {
  let name: string | null = null
  return {
    ...head,
    get filename() {
      return (name ??= suggestedFilename(new Headers(head.headers).get('content-disposition'), head.url))
    },
  }
}
