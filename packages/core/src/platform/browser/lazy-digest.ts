/** The digests, loaded when the first file asks for one: they are as large as a third of the worker. */
import { URLError } from '../../model/url-error.ts'
import type { DigestFactory } from '../../ports/digest.ts'

interface DigestModule {
  readonly createDigest: DigestFactory
}

let loading: Promise<DigestModule> | null = null

export const lazyDigest: DigestFactory = async (algorithm, state) => {
  let module: DigestModule
  try {
    loading ??= import(new URL('./digest.js', import.meta.url).href) as Promise<DigestModule>
    module = await loading
  } catch (cause) {
    loading = null
    throw new URLError('unsupportedByPlatform', {
      phase: 'setup',
      why: 'the file digest.js could not be loaded',
      hint: "put digest.js from the package's dist folder beside worker.js",
      cause,
    })
  }
  return module.createDigest(algorithm, state)
}
