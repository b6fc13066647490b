/** The name under which a session's records and files stand: safe in file names of every platform. */
export const SHARED_NAMESPACE = 'default'

/**
 * `background.<identifier>`, with every character outside `[a-z0-9_-]` written as `~<hex>~`, so that two
 * identifiers never meet, not even on a file system that ignores case.
 * @throws {TypeError} for an empty identifier or one that is too long for a file name.
 */
export function backgroundNamespace(identifier: string): string {
  const isText = typeof identifier === 'string'
  const safe = !isText
    ? ''
    : identifier.replaceAll(/[^a-z0-9_-]/gu, (char) => `~${char.codePointAt(0)?.toString(16) ?? ''}~`)
  if (safe === '' || safe.length > 150)
    throw new TypeError(
      `SessionConfiguration.background: the identifier was ${isText ? `"${identifier.slice(0, 60)}"` : typeof identifier}; allowed is a text of 1 to 150 characters (others than a-z, 0-9, _ and - count as several)`,
    )
  return `background.${safe}`
}
