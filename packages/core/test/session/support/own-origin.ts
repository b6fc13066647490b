/** What a page of the origin itself does with the library: tests run on another, where browsers have other rules. */
import { onTestFinished } from 'vitest'
import { origin, unique } from '../../support/session.ts'

/**
 * Runs a script in a page of the origin's, and resolves with what it returns; rejects with what it throws, as text.
 * @param script The body of an async function, to which `urlsession` is the library and `base` the origin's address.
 */
export async function onOwnOrigin(script: string): Promise<unknown> {
  const library = new URL('../../../src/entries/browser.ts', import.meta.url)
  const html = `<!doctype html><script type="module">
    const told = (told) => parent.postMessage(told, '*')
    const base = location.origin
    // Vitest's server makes every import() go by way of its runner, which only its own pages have.
    globalThis.__vitest_browser_runner__ = { wrapDynamicImport: (load) => load() }
    try {
      const urlsession = await import(${JSON.stringify(library.href)})
      told({ value: await (async () => { ${script} })() })
    } catch (error) { told({ error: String(error) }) }
  </script>`
  const page = await origin.file(unique('page.html'), { body: html, contentType: 'text/html' })
  const frame = document.createElement('iframe')
  onTestFinished(() => frame.remove())
  const told = new Promise<{ value?: unknown; error?: string }>((resolve) => {
    window.addEventListener('message', ({ source, data }) => source === frame.contentWindow && resolve(data))
  })
  // Of the same site as this page, or its cookies would be a third party's.
  frame.src = Object.assign(new URL(page.url), { hostname: location.hostname }).href
  document.body.append(frame)
  const { value, error } = await told
  if (error !== undefined) throw new Error(error)
  return value
}
