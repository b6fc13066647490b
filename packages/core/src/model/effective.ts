/**
 * What becomes of options that a platform cannot follow: each with the reason, so that none is ignored in silence. A page loads this at
 * once, since it is asked before anything is tried: hence few words.
 */
import type { ConfigurationOptions, SessionKind } from './configuration.ts'

/** An option that was set and does less here than it says. */
export interface EffectiveOption {
  /** As it is written in a configuration, e.g. `'networkAccess.cellular'`. */
  readonly option: string
  /** `'ignored'`: as if it had not been set. `'weaker'`: something less is done, which the reason tells. */
  readonly effect: 'ignored' | 'weaker'
  /** Why, and what happens instead. */
  readonly reason: string
}

/** An option and why it is ignored, or weaker; anything else where it is followed. */
export type Note = false | undefined | '' | readonly [option: string, reason: string, effect?: 'weaker']

/** What a platform says of options that were set. */
export type PlatformNotes = (options: ConfigurationOptions) => readonly Note[]

/** @param cost Whether the platform tells what a network costs. @param saving Whether it tells if the user saves data. */
export function networkNotes(
  { networkAccess = {}, networkStatus, discretionary }: ConfigurationOptions,
  cost: boolean,
  saving: boolean,
): readonly Note[] {
  const known = { cellular: cost, expensive: cost, constrained: saving }
  const why = 'nothing here tells what network it is: give networkStatus'
  const names = Object.keys(known) as (keyof typeof known)[]
  return networkStatus
    ? []
    : [
        ...names.map((name): Note => networkAccess[name] === false && !known[name] && [`networkAccess.${name}`, why]),
        discretionary && !cost && (saving ? ['discretionary', why, 'weaker'] : ['discretionary', why]),
      ]
}

/** What is the same everywhere, and what the platform says. */
export function effectiveOptions(
  kind: SessionKind,
  given: ConfigurationOptions,
  notes: PlatformNotes,
): EffectiveOption[] {
  const isBackground = kind === 'background'
  const options = isBackground ? given : { ...given, discretionary: false }
  const all: Note[] = [
    isBackground
      ? given.waitsForConnectivity === false && ['waitsForConnectivity', 'background sessions always wait']
      : given.discretionary && ['discretionary', 'only for background sessions'],
    !isBackground &&
      given.priority !== undefined &&
      !given.connectionsPerHost && ['priority', 'only transfers wait unless connectionsPerHost is set', 'weaker'],
    ...notes(options),
  ]
  return all.flatMap((note) => (note ? [{ option: note[0], effect: note[2] ?? 'ignored', reason: note[1] }] : []))
}
