/** The package's worker, where the browser refuses the storages that its address names: in the words that browsers use for it. */
const refused = location.search.slice(1).split(',')
const refusal = () => new DOMException('The operation is insecure.', 'SecurityError')

if (refused.includes('opfs'))
  Object.defineProperty(navigator, 'storage', {
    value: { getDirectory: () => Promise.reject(refusal()), estimate: () => Promise.reject(refusal()) },
  })
if (refused.includes('indexeddb'))
  Object.defineProperty(globalThis, 'indexedDB', {
    get() {
      throw refusal()
    },
  })

await import('/urlsession/worker.js')
