/** What a test holds of a browser, whichever engine it has: tabs that run functions, a violent death, and a profile that outlives it. */
export type EngineName = 'firefox' | 'webkitgtk'

export interface LaunchOptions {
  readonly executable: string
  /** The folder with all that the browser remembers: launched again on it, it is the same browser. */
  readonly profile: string
  readonly storage: Storage
  /** Hears of every error in a page that nobody caught. */
  readonly onUncaught: (text: string) => void
}

/**
 * What sites may store: `usual`; `private` (all windows are private ones); `none`, as where the user blocks all site data
 * (Firefox) or the browser was built without these interfaces (WebKitGTK).
 */
export type Storage = 'usual' | 'private' | 'none'

export interface Browser {
  /** The tab it began with. */
  readonly tab: Tab
  /** Another tab beside it, of the same profile. */
  newTab(): Promise<Tab>
  /** SIGKILL to all of its processes at once, as when the power fails; resolves when they are gone. */
  kill(): Promise<void>
}

export interface Tab {
  /** Resolves when the page has loaded. */
  goto(url: string): Promise<void>
  reload(): Promise<void>
  evaluate: Evaluate
  close(): Promise<void>
}

/** Runs the function in the page, with an argument and a value that are JSON; what it throws is thrown here by its text. */
export interface Evaluate {
  <Value>(run: () => Value | Promise<Value>): Promise<Value>
  <Value, Argument>(run: (argument: Argument) => Value | Promise<Value>, argument: Argument): Promise<Value>
}
