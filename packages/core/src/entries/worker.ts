/** The transfer engine's worker: bundle it, host it, or let `urlsession` find it beside itself. */
import { browserPlatform } from '../platform/browser/browser-platform.ts'
import { holdForever } from '../platform/browser/lock-watch.ts'
import { Engine } from '../transfers/engine.ts'
import { exposeEngine } from '../wire/worker-endpoint.ts'
import { lazyUploads } from './lazy-uploads.ts'

exposeEngine(
  (post) => new Engine(browserPlatform('worker'), post, lazyUploads),
  // Without Web Locks (insecure pages) a worker's death goes unnoticed, but it works.
  async (lockName) => {
    if (navigator.locks) await holdForever(lockName)
  },
)
