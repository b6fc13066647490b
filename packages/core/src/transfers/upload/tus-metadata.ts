/** `Upload-Metadata`: what a tus server is told of a file. */
import { toBase64 } from '../../model/digest-text.ts'
import type { UploadInfo } from '../../model/upload-protocol.ts'

/** The header, or none where there is nothing to tell. `filename` and `filetype` are what servers look for, by habit and not by rule. */
export function metadataHeaders(
  { name, type }: UploadInfo,
  own: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const told = { ...(name && { filename: name }), ...(type && { filetype: type }), ...own }
  const pairs = Object.entries(told).map(([key, text]) => `${key} ${base64(text)}`)
  return pairs.length > 0 ? { 'Upload-Metadata': pairs.join(',') } : {}
}

const base64 = (text: string): string => toBase64(new TextEncoder().encode(text))
