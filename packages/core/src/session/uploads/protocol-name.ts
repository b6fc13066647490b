/** Owns what a protocol may be called by its user: the name is stored with each upload, and finds the protocol again after a reload. */
import { isText } from '../../model/checks.ts'
import { leaf, type Leaf } from '../../model/options.ts'

const BUILT_IN: readonly string[] = ['plain', 'resumable', 'tus']

export const protocolName = (): Leaf =>
  leaf(
    'letters, digits and dashes, at most 64, and no name of a built-in protocol',
    (value) => isText(value, 1, 64) && /^[A-Za-z0-9-]+$/.test(value) && !BUILT_IN.includes(value),
  )
