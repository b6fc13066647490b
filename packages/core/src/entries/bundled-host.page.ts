/** The engine of a page that a bundler built: its worker is a file beside the bundle. */
import { siblingStatement } from '../platform/browser/sibling-module.ts'
import type { HostFactory, HostOptions } from '../wire/host.ts'
import { openWorker } from '../wire/worker-host.ts'
import { ladderHost } from './engine-ladder.page.ts'

export const bundledHost = (options: HostOptions): HostFactory =>
  ladderHost(options, [
    {
      name: 'the worker file beside the bundle',
      // Word for word what Vite, webpack and Rspack look for.
      spawn: () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'urlsession' }),
    },
    {
      name: 'the worker file by way of a blob',
      spawn: () =>
        openWorker(new URL('./worker.js', import.meta.url), 'urlsession', 'blob', [
          siblingStatement('digest', new URL('./digest.js', import.meta.url)),
          siblingStatement('upload', new URL('./upload.js', import.meta.url)),
        ]),
    },
  ])
