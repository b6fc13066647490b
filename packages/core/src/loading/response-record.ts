/** The head of an answer as plain data. */
import type { ResponseRecord } from '../model/response.ts'
import type { WireResponse } from '../ports/transport.ts'

type Head = Pick<WireResponse, 'url' | 'status' | 'statusText' | 'headers'>

/** Without a file name, which needs a parser that an engine can do without: `named` gives it where somebody sees it. */
export const responseRecord = ({ url, status, statusText, headers }: Head): ResponseRecord => ({
  url,
  status,
  statusText,
  headers: [...headers],
  filename: '',
})
