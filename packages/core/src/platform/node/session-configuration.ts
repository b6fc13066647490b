/** Owns the configuration as Node has it: the one that can also be told of proxies and TLS. */
import { SessionConfiguration as NeutralConfiguration } from '../../model/configuration.ts'
import type { NetworkRules } from '../../model/network-options.ts'
import { NODE_RULES } from './network-rules.ts'

/**
 * How a session behaves. Made by `SessionConfiguration.default()`, `.ephemeral()` and
 * `.background(identifier)`; immutable, so share it freely.
 */
export class SessionConfiguration extends NeutralConfiguration {
  /** @internal */
  protected static override readonly rules: NetworkRules = NODE_RULES
}
