/** Owns: what is said when somebody asks for what an optional package does, and it is not installed. */
import { URLError } from '../../model/url-error.ts'

export const missingPeer = (name: string, wanted: string, cause: unknown): URLError =>
  new URLError('unsupportedByPlatform', {
    phase: 'setup',
    why: `${wanted} needs the package "${name}", which cannot be loaded`,
    hint: `install it beside urlsession: npm install ${name}`,
    cause,
  })
