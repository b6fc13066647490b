/** A name for a downloaded file that no file system and no person is hurt by. */
import { parse } from 'content-disposition'

/**
 * Content-Disposition (RFC 6266, RFC 8187), else the last part of the URL's path, else the host, else
 * `Unknown`: the order of Apple's `suggestedFilename`.
 */
export function suggestedFilename(disposition: string | null, url: string): string {
  const parsed = URL.parse(url)
  // What looks like a path there is the content.
  const path = parsed?.protocol === 'data:' ? '' : parsed?.pathname
  const fromPath = decoded(path?.split('/').at(-1) ?? '')
  for (const candidate of [fromHeader(disposition), fromPath, parsed?.hostname ?? '']) {
    const name = safeFilename(candidate)
    if (name !== '') return name
  }
  return 'Unknown'
}

/**
 * Slashes become `_`; control and direction-changing characters, leading dots and trailing dots and
 * spaces go; Windows' reserved names get a `_`; at most 200 UTF-8 bytes, the extension kept. Empty when
 * nothing is left.
 */
export function safeFilename(name: string): string {
  const clean = name
    // A hostile server must not make work with a name that is shortened anyway.
    .slice(-1000)
    .normalize('NFC')
    .replaceAll(/[\\/]/g, '_')
    // Control characters are exactly what has to go.
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff<>:"|?*]/g, '')
    .replace(/^[.\s]+/, '')
    .replace(/[.\s]+$/, '')
  const reserved = /^(con|prn|aux|nul|(com|lpt)[\d¹²³])(\.|$)/i.test(clean) ? `_${clean}` : clean
  return shortened(reserved, 200)
}

function shortened(name: string, maximum: number): string {
  const size = (text: string): number => new TextEncoder().encode(text).length
  if (size(name) <= maximum) return name
  const extension = /\.[A-Za-z0-9]{1,16}$/.exec(name)?.[0] ?? ''
  let stem = [...name.slice(0, name.length - extension.length)]
  while (size(stem.join('') + extension) > maximum) stem = stem.slice(0, -1)
  return stem.join('').replace(/[.\s]+$/, '') + extension
}

function fromHeader(header: string | null): string {
  if (header === null || header.length > 4096) return ''
  try {
    return parse(header).parameters['filename'] ?? ''
  } catch {
    return ''
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
