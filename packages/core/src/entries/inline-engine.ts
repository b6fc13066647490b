/** The engine in the page itself, loaded only where no worker can be had. */
import { browserPlatform } from '../platform/browser/browser-platform.ts'
import { Engine } from '../transfers/engine.ts'
import type { EngineCommands } from '../wire/commands.ts'
import type { EventBatch } from '../wire/events.ts'
import { lazyUploads } from './lazy-uploads.ts'

export const makeInlineEngine = (post: (batch: EventBatch) => void): EngineCommands =>
  new Engine(browserPlatform('inline'), post, lazyUploads)
