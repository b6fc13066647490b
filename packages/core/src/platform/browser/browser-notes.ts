/**
 * Owns which options of a configuration a browser does not follow, or only in part. What it refuses altogether is not among them. Said in
 * the words of `browser-capabilities.ts` where they fit: what a page has already costs it nothing twice.
 */
import { networkNotes, type PlatformNotes } from '../../model/effective.ts'

export const browserNotes: PlatformNotes = (options) => {
  const { proxy, cookies, directory, connectionsPerHost = 0, redirect, transportSecurity } = options
  const { connection } = navigator as { connection?: { type?: string; saveData?: boolean } }
  return [
    proxy && ['proxy', "the browser's own proxy settings apply"],
    cookies &&
      (cookies.accept === 'never' || cookies.set === false
        ? ['cookies', 'the browser takes none and sends none: credentials is "omit"', 'weaker']
        : ['cookies', "a page cannot read or set the headers of cookies, so the browser's own are used"]),
    directory && ['directory', "the browser's own storage is used"],
    connectionsPerHost > 6 && ['connectionsPerHost', 'over HTTP/1.1 a browser opens only 6', 'weaker'],
    redirect === 'same-origin' && [
      'redirect',
      'fetch follows redirects itself and shows only the last answer, which is refused',
      'weaker',
    ],
    transportSecurity &&
      location.protocol === 'https:' && [
        'transportSecurity',
        'a page of https loads no http (Mixed Content)',
        'weaker',
      ],
    ...networkNotes(options, connection?.type !== undefined, connection?.saveData !== undefined),
  ]
}
