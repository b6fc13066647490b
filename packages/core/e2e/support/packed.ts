/** The package as it is published: what was built, with the manifest that a registry would have. Needs a build. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const core = join(import.meta.dirname, '../..')

/** The built files. */
export const dist: string = join(core, 'dist')

/** An app's folder of this name, empty but for the installed package. Inside the package's own, so that its dependencies are found. */
export function makeApp(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(core, 'node_modules/.cache/e2e', name)
  rmSync(folder, { recursive: true, force: true })
  install(join(folder, 'node_modules/urlsession'))
  const manifest = { name, private: true, type: 'module', dependencies: { urlsession: '*' } }
  for (const [path, text] of Object.entries({ 'package.json': JSON.stringify(manifest), ...files })) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

/** Copies what an app serves itself where its bundler emits no worker. */
export function copyWorker(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const name of ['worker.js', 'digest.js', 'upload.js']) cpSync(join(dist, name), join(folder, name))
}

function install(folder: string): void {
  if (!existsSync(join(dist, 'worker.js'))) throw new Error('packages/core is not built: run `pnpm build` first.')
  mkdirSync(join(folder, 'dist'), { recursive: true })
  for (const name of readdirSync(dist).filter((one) => /\.js(\.map)?$/.test(one)))
    cpSync(join(dist, name), join(folder, 'dist', name))
  const manifest = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8')) as {
    publishConfig: { exports: unknown }
  }
  const published = { ...manifest, exports: manifest.publishConfig.exports }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(published))
}
