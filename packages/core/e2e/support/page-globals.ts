/** What a test's page leaves on its global object, for the functions that tests run in it. */
import type * as library from '../../src/entries/browser.ts'

declare global {
  /** The package, by whichever way the page got it. */
  // oxlint-disable-next-line no-var
  var urlsession: typeof library
  /** How its sessions start their engine, where the page says so. */
  // oxlint-disable-next-line no-var
  var engine: library.EngineOptions | undefined
}
