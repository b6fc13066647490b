/** The digests, loaded when the first file or server asks for one: they are as large as a third of the worker. */
import { URLError } from '../../model/url-error.ts'
import type { DigestScheme } from '../../loading/authentication/digest-scheme.ts'
import type { DigestFactory } from '../../ports/digest.ts'
import { DIGEST_SOURCE } from './digest-source.ts'

interface DigestModule {
  readonly createDigest: DigestFactory
  readonly digestScheme: DigestScheme
}

let loading: Promise<DigestModule> | null = null

export const lazyDigest: DigestFactory = async (algorithm, state) => (await load()).createDigest(algorithm, state)

/** The Digest scheme of HTTP. @throws {URLError} `unsupportedByPlatform` when digest.js cannot be loaded. */
export const lazyDigestScheme = async (): Promise<DigestModule['digestScheme']> => (await load()).digestScheme

async function load(): Promise<DigestModule> {
  try {
    const elsewhere = Reflect.get(globalThis, DIGEST_SOURCE) as (() => Promise<DigestModule>) | undefined
    loading ??= elsewhere?.() ?? (import(new URL('./digest.js', import.meta.url).href) as Promise<DigestModule>)
    return await loading
  } catch (cause) {
    loading = null
    throw new URLError('unsupportedByPlatform', {
      phase: 'setup',
      why: 'the file digest.js could not be loaded',
      hint: "put digest.js from the package's dist folder beside worker.js",
      cause,
    })
  }
}
