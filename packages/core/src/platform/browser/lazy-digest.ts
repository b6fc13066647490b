/** The digests, loaded when the first file or server asks for one: they are as large as a third of the worker. */
import type { DigestScheme } from '../../loading/authentication/digest-scheme.ts'
import type { DigestFactory } from '../../ports/digest.ts'
import { siblingModule } from './sibling-module.ts'

interface DigestModule {
  readonly createDigest: DigestFactory
  readonly digestScheme: DigestScheme
}

export const lazyDigest: DigestFactory = async (algorithm, state) => (await load()).createDigest(algorithm, state)

/** The Digest scheme of HTTP. @throws {URLError} `unsupportedByPlatform` when digest.js cannot be loaded. */
export const lazyDigestScheme = async (): Promise<DigestModule['digestScheme']> => (await load()).digestScheme

const load = (): Promise<DigestModule> =>
  siblingModule('digest', () => import(new URL('./digest.js', import.meta.url).href) as Promise<DigestModule>)
