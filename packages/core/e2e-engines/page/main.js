/**
 * Puts the package on the global object. The address says how sessions get their worker: plain, they do it themselves; `?worker`
 * makes it here and keeps it in `workers`; `?refuse=opfs` or `?refuse=opfs,indexeddb` makes one that is refused these storages.
 */
import * as urlsession from '/urlsession/urlsession.js'

const asked = new URLSearchParams(location.search)
const refused = asked.get('refuse')
globalThis.workers = []

function createWorker() {
  const address = refused === null ? '/urlsession/worker.js' : `refusing-worker.js?${refused}`
  const worker = new Worker(address, { type: 'module' })
  globalThis.workers.push(worker)
  return worker
}

if (refused !== null || asked.has('worker')) globalThis.engine = { createWorker }
globalThis.urlsession = urlsession
