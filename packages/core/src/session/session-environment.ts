/** What an entry point lends to the sessions that are made through it. */
import type { DataLane } from '../loading/data-lane.ts'
import type { Capabilities, EngineFacts } from '../model/capabilities.ts'
import type { CookieJar } from '../model/cookie-jar.ts'
import type { PlatformOptions, SessionConfiguration, Settings } from '../model/configuration.ts'
import type { HostFactory, HostOptions } from '../wire/host.ts'

export interface SessionEnvironment {
  /** What relative URLs are resolved against, or null. */
  readonly baseURL: () => string | null
  /** What is loaded besides http and https, among them. */
  readonly schemes: readonly string[]
  /** @param facts What the engine found, or null before one runs. @param refused Better places for the engine, and why they were not to be had. */
  readonly capabilities: (facts: EngineFacts | null, refused: readonly string[]) => Capabilities
  readonly uid: () => string
  /** Makes the sessions' own configurations: the class that users have, with the rules of the platform. */
  readonly configurations: Pick<typeof SessionConfiguration, 'from'>
  /** What is said of options that are not followed here, or only in part. */
  readonly options: PlatformOptions
  /** The session's own cookies, or null where it has none; null where the platform's are used. */
  readonly cookies: ((settings: Settings) => CookieJar | null) | null
  /** Makes a path absolute (Node), or null where there are no paths. */
  readonly absolutePath: ((path: string) => string) | null
  /** Loads what starts the engine; called with the first transfer. */
  readonly host: (options: HostOptions) => Promise<HostFactory>
  /** Loads what a session's requests are sent with; called with the first of them. */
  readonly dataLane: (configuration: SessionConfiguration) => Promise<DataLane>
  /** Hands a blob to the user as a download (browsers), or null where files have paths. */
  readonly saveBlob: ((blob: Blob, name: string) => void | Promise<void>) | null
}
