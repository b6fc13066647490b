/** What `test-origin.ts` provides to tests, by name: `inject('origin')`. */
import 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of a fault-injecting origin, without a slash at the end. */
    origin: string
    /** Another such origin, for what happens between two. */
    otherOrigin: string
  }
}
