/** Hands a file to the user. Loaded with the first: few pages do it. */
import { URLError } from '../model/url-error.ts'

/** Milliseconds after which a saved blob's address is given back; the browser has opened it long before. */
const ADDRESS_LIFE = 60_000

/** @throws {URLError} `unsupportedByPlatform` in a worker. */
export function saveBlob(blob: Blob, name: string): void {
  if (!('document' in globalThis)) cannotSave()
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), ADDRESS_LIFE)
}

/** For places where files can be neither saved to a path nor handed to a user. */
function cannotSave(): never {
  throw new URLError('unsupportedByPlatform', {
    phase: 'delivery',
    why: 'only a page can hand a file to the user',
    hint: 'post file.blob() to a page and save it there',
  })
}
