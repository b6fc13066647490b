/**
 * Owns: one registered file: the entity it is now, how it behaves, and the script of answers to come.
 * Why: everything a test switches while a transfer runs is switched here, and a request sees one consistent moment of it.
 */
import { type ByteSource, generated, textual } from './byte-source.ts'
import { type Sha256, sha256OfSource } from './sha256.ts'
import {
  type Behaviour,
  type BehaviourPatch,
  type EntityChange,
  type FileOptions,
  type StallEnd,
  checkBehaviour,
} from './vocabulary.ts'

/** What a request looks like to `FileHandle.decide`. */
export interface RequestFacts {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** How many requests for this file came before it, preflights left out. */
  readonly index: number
}

/** One version of a file's content. */
export interface Entity {
  /** 1 for the file as registered, one more for every change. */
  readonly version: number
  readonly source: ByteSource
  /** Seed of generated content, null for a literal body. */
  readonly seed: number | null
  /** Opaque part of the entity tag, without quotes. */
  readonly tag: string
  /** Milliseconds since the epoch, whole seconds. */
  readonly changedAt: number
}

/** A file of the origin, as a test holds it. */
export interface FileHandle {
  readonly name: string
  /** Absolute. */
  readonly url: string
  /** Of the entity as it is now, in bytes. */
  readonly size: number
  /** Of the entity as it is now; null for a literal body. */
  readonly seed: number | null
  /** The strong entity tag of the entity as it is now, with its quotes. */
  readonly etag: string
  /** Changes how the file answers from the next request on; what is not named stays, null takes a word away. */
  behave(patch: BehaviourPatch): this
  /** Forgets every behaviour, also those given at registration, the script and `decide`. The entity stays. */
  behaveWell(): this
  /**
   * A script: each behaviour holds for one request (in order of arrival, preflights not counted) on top of the standing
   * one. `{}` in it is "as usual". Added to what is left of the script.
   */
  nextResponses(behaviours: readonly Behaviour[]): this
  /** Answers of the script not yet used. */
  readonly scripted: number
  /** Asked for each request the script does not cover; null or undefined is "as usual". Replaces the one before. */
  decide(choose: ((request: RequestFacts) => Behaviour | null | undefined) | null): this
  /** Swaps the entity. Answers being sent go on with the old one. */
  change(change?: EntityChange): this
  /** Lets the file's stalled answers go on (default), or ends them. */
  releaseStalls(how?: StallEnd): void
  /** SHA-256 of the entity as it is now. */
  sha256(): Promise<Sha256>
}

/** 2026-01-01; each version of a file is one minute younger than the one before. */
const firstChange = Date.UTC(2026, 0, 1)

function makeEntity(name: string, version: number, seed: number, size: number, body: string | undefined): Entity {
  const source = body === undefined ? generated(seed, size) : textual(body)
  return {
    version,
    source,
    seed: body === undefined ? seed : null,
    tag: `${[...name].reduce((hash, char) => (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) >>> 0, 7).toString(16)}-${version}`,
    changedAt: firstChange + version * 60_000,
  }
}

/** The handle, and what the origin itself needs of a file. */
export class OriginFile implements FileHandle {
  readonly name: string
  readonly url: string
  readonly #release: (file: string, how: StallEnd) => void
  entity: Entity
  #standing: Behaviour
  #script: Behaviour[] = []
  #decide: ((request: RequestFacts) => Behaviour | null | undefined) | null = null
  #requests = 0

  constructor(name: string, url: string, options: FileOptions, release: (file: string, how: StallEnd) => void) {
    const { size, seed = 1, body, ...behaviour } = options
    checkBehaviour(behaviour, ['size', 'seed', 'body'])
    if (body === undefined && !(Number.isSafeInteger(size) && (size as number) >= 0)) {
      throw new TypeError(`file '${name}' needs a size in bytes or a body; got ${String(size)}`)
    }
    this.name = name
    this.url = url
    this.#release = release
    this.#standing = behaviour
    this.entity = makeEntity(name, 1, seed, size ?? 0, body)
  }

  get size(): number {
    return this.entity.source.length
  }

  get seed(): number | null {
    return this.entity.seed
  }

  get etag(): string {
    return `"${this.entity.tag}"`
  }

  get scripted(): number {
    return this.#script.length
  }

  behave(patch: BehaviourPatch): this {
    checkBehaviour(patch)
    const merged = Object.entries({ ...this.#standing, ...patch }).filter(
      ([, value]) => value !== null && value !== undefined,
    )
    this.#standing = Object.fromEntries(merged) as Behaviour
    return this
  }

  behaveWell(): this {
    this.#standing = {}
    this.#script = []
    this.#decide = null
    return this
  }

  nextResponses(behaviours: readonly Behaviour[]): this {
    for (const behaviour of behaviours) checkBehaviour(behaviour)
    this.#script.push(...behaviours)
    return this
  }

  decide(choose: ((request: RequestFacts) => Behaviour | null | undefined) | null): this {
    this.#decide = choose
    return this
  }

  change(change: EntityChange = {}): this {
    const old = this.entity
    const seed = change.seed ?? (old.seed ?? 0) + 1
    const next = makeEntity(this.name, old.version + 1, seed, change.size ?? old.source.length, change.body)
    this.entity = change.keepValidators === true ? { ...next, tag: old.tag, changedAt: old.changedAt } : next
    return this
  }

  releaseStalls(how: StallEnd = 'continue'): void {
    this.#release(this.name, how)
  }

  sha256(): Promise<Sha256> {
    return sha256OfSource(this.entity.source)
  }

  /** The behaviour a preflight meets: it uses up nothing. */
  get standing(): Behaviour {
    return this.#standing
  }

  /** The behaviour for one more request; uses up one answer of the script. */
  take(request: Omit<RequestFacts, 'index'>): Behaviour {
    const index = this.#requests++
    const once = this.#script.shift() ?? this.#decide?.({ ...request, index })
    if (once) checkBehaviour(once)
    return { ...this.#standing, ...once }
  }
}
