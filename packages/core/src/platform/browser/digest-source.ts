/**
 * How a worker that runs as a blob finds the digests: the worker file it loads is then a bundler's plain copy, which looks for
 * a `digest.js` that has another name by now. The page knows the name, and the blob's own script, which no bundler reads, tells it.
 */

/** The global that loads them. */
export const DIGEST_SOURCE = 'urlsession:digest'

/** The statement that sets it, to stand in the blob before anything is loaded. */
export const digestSource = ({ href }: URL): string =>
  `globalThis[${JSON.stringify(DIGEST_SOURCE)}] = () => import(${JSON.stringify(href)})`
