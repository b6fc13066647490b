/** Gives an answer's head its file name, where somebody may see it. */
import type { ResponseHead } from './response.ts'
import { suggestedFilename } from './suggested-filename.ts'

/** Made up when somebody asks: few do, and names are long to make safe. */
export const named = <Headers extends ResponseHead['headers']>(head: Unnamed<Headers>): NamedHead<Headers> =>
  new NamedHead(head)

interface Unnamed<Headers> extends Omit<ResponseHead, 'filename' | 'headers'> {
  readonly headers: Headers
}

class NamedHead<Given extends ResponseHead['headers']> implements ResponseHead {
  readonly url: string
  readonly status: number
  readonly statusText: string
  readonly headers: Given
  #name: string | null = null

  constructor({ url, status, statusText, headers }: Unnamed<Given>) {
    this.url = url
    this.status = status
    this.statusText = statusText
    this.headers = headers
  }

  get filename(): string {
    return (this.#name ??= suggestedFilename(new Headers(this.headers).get('content-disposition'), this.url))
  }
}
