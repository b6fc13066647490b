/**
 * A URL as it may be shown: no user, no password, no query values (they often are the credential),
 * bounded length. Used in messages and warnings, never for requests.
 */
export function safeURL(url: string): string {
  const parsed = URL.parse(url)
  if (!parsed) return quoted(url)
  if (parsed.protocol === 'data:') return 'data:…'
  const shown = `${parsed.protocol}//${parsed.host}${parsed.pathname}${parsed.search ? '?…' : ''}`
  return shown.length > 300 ? `${shown.slice(0, 297)}…` : shown
}

/** A URL without the user and password that may stand in it. */
export function withoutUserInfo(url: URL): URL {
  if (url.username === '' && url.password === '') return url
  const copy = new URL(url)
  copy.username = ''
  copy.password = ''
  return copy
}

/** Text that did not parse as a URL, cut, with anything that looks like a password taken out. */
const quoted = (text: string): string =>
  JSON.stringify(
    text
      .replace(/\/\/[^/@]*@/, '//…@')
      .replace(/\?.*/s, '?…')
      .slice(0, 120),
  )
