/** Owns which options of a configuration Node does not follow, or only in part. */
import { networkNotes, type Note, type PlatformNotes } from '../../model/effective.ts'

export const nodeNotes: PlatformNotes = (options) => {
  const { credentials, cookies, engine = {} } = options
  return [
    credentials === 'include' && !cookies && ['credentials', 'there are no cookies without the option cookies'],
    credentials === 'same-origin' && ['credentials', 'Node has no origin of its own, so it is as "include"', 'weaker'],
    ...Object.keys(engine).map((name): Note => {
      const isSo = name === 'placement' && engine.placement !== 'worker'
      return !isSo && [`engine.${name}`, 'the engine runs in this process, and needs no worker']
    }),
    ...networkNotes(options, false, false),
  ]
}
