/** The head of an answer as plain data. */
import type { ResponseRecord } from '../model/response.ts'
import { suggestedFilename } from '../model/suggested-filename.ts'
import type { WireResponse } from '../ports/transport.ts'

type Head = Pick<WireResponse, 'url' | 'status' | 'statusText' | 'headers'>

export const responseRecord = ({ url, status, statusText, headers }: Head): ResponseRecord => ({
  url,
  status,
  statusText,
  headers: [...headers],
  filename: suggestedFilename(headers.get('content-disposition'), url),
})
