/** The Digest scheme of HTTP with its hashes, in JavaScript: what is hashed is short. */
import { md5 } from '@noble/hashes/legacy.js'
import { sha256, sha512_256 } from '@noble/hashes/sha2.js'
import { digestSchemeOf } from '../../loading/authentication/digest.ts'
import type { DigestScheme } from '../../loading/authentication/digest-scheme.ts'

export const digestScheme: DigestScheme = digestSchemeOf({ md5, sha256, sha512_256 })
