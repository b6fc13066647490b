/**
 * Parts of the engine that lie beside its worker file, each loaded when it is wanted. A worker that runs as a blob finds them another way:
 * the worker file it loads is then a bundler's plain copy, beside which they have other names by now. The page knows the names, and the
 * blob's own script, which no bundler reads, tells them.
 */
import { URLError } from '../../model/url-error.ts'

export type Sibling = 'digest' | 'upload'

const key = (name: Sibling): string => `urlsession:${name}`

/** The statement that says where one is, to stand in the blob before anything is loaded. */
export const siblingStatement = (name: Sibling, { href }: URL): string =>
  `globalThis[${JSON.stringify(key(name))}] = () => import(${JSON.stringify(href)})`

/**
 * @param load Loads it from beside this file.
 * @throws {URLError} `unsupportedByPlatform` when it cannot be had.
 */
export async function siblingModule<Module>(name: Sibling, load: () => Promise<Module>): Promise<Module> {
  try {
    const elsewhere = Reflect.get(globalThis, key(name)) as (() => Promise<Module>) | undefined
    return await (elsewhere ?? load)()
  } catch (cause) {
    throw new URLError('unsupportedByPlatform', {
      phase: 'setup',
      why: `the file ${name}.js could not be loaded`,
      hint: `put ${name}.js from the package's dist folder beside worker.js`,
      cause,
    })
  }
}
