/** Gives an answer's head its file name, where somebody may see it. */
import type { ResponseRecord } from './response.ts'
import { suggestedFilename } from './suggested-filename.ts'

export const named = (record: ResponseRecord): ResponseRecord => {
  const disposition = record.headers.find(([name]) => name === 'content-disposition')?.[1] ?? null
  return { ...record, filename: suggestedFilename(disposition, record.url) }
}
