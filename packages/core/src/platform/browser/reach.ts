/**
 * Owns one question that CORS leaves open: whether a server answers at all. Nothing of the answer can be read, and nothing is.
 */

/** True when anybody answers `url`, whatever it answers. Never throws: an aborted question is answered with false. */
export async function reach(url: string, signal: AbortSignal): Promise<boolean> {
  const enough = new AbortController()
  try {
    await fetch(url, {
      mode: 'no-cors',
      cache: 'no-store',
      credentials: 'omit',
      signal: AbortSignal.any([signal, enough.signal]),
    })
    return true
  } catch {
    return false
  } finally {
    // The body is not wanted.
    enough.abort()
  }
}
