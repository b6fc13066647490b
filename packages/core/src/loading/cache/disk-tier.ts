/**
 * Answers on disk, as records that all tabs (processes) share: a head and a body each, under a name of its own that is never used again. So
 * nobody ever reads the body of another head, whatever others write meanwhile: what is half there, or half gone, is not there.
 */
import { isNumber, isText } from '../../model/checks.ts'
import type { StoredHead } from '../../model/url-cache.ts'
import type { RecordStore } from '../../ports/record-store.ts'

/** Nobody writes one answer for longer: what is half there after that was left by a page or process that died. */
const LEFTOVER_AGE = 60_000

interface HeadRecord extends StoredHead {
  /** Its body is there too. */
  readonly complete: boolean
}

export class DiskTier {
  readonly #records: RecordStore
  readonly #name: string
  /** Bytes, as far as is known here: others write too. Null before anybody has looked. */
  #usage: number | null = null
  /** Written since somebody looked. */
  #unseen = 0

  constructor(records: RecordStore, name: string) {
    this.#records = records
    this.#name = name
  }

  /** Whole ones under that key, or all. */
  async list(key?: string): Promise<StoredHead[]> {
    const heads = await this.#heads(key)
    return heads.filter((head) => head.complete && (key === undefined || head.key === key))
  }

  async body({ id, length }: StoredHead): Promise<Uint8Array<ArrayBuffer> | null> {
    const body = await this.#records.get(this.#bodyKey(id))
    return body instanceof Uint8Array && body.byteLength === length ? (body as Uint8Array<ArrayBuffer>) : null
  }

  async put(head: StoredHead, body: Uint8Array, capacity: number): Promise<void> {
    await this.#records.set(this.#headKey(head), { ...head, complete: false })
    await this.#records.set(this.#bodyKey(head.id), body)
    await this.confirm(head)
    this.#unseen += body.byteLength
    // Others write as well: from time to time what is known is compared with what there is.
    if (this.#usage === null || this.#usage + this.#unseen > capacity || this.#unseen > capacity / 10)
      await this.shrink(capacity)
  }

  async confirm(head: StoredHead): Promise<void> {
    await this.#records.set(this.#headKey(head), { ...head, complete: true } satisfies HeadRecord)
  }

  /** The head first: a body that nobody names is nothing. */
  async delete(head: StoredHead): Promise<void> {
    await this.#records.delete(this.#headKey(head))
    await this.#records.delete(this.#bodyKey(head.id))
  }

  async usage(): Promise<number> {
    return sizeOf(await this.list())
  }

  /** The oldest go first. */
  async shrink(capacity: number): Promise<void> {
    const heads = await this.#heads()
    const isLeft = ({ complete, received }: HeadRecord): boolean => !complete && Date.now() - received > LEFTOVER_AGE
    for (const head of heads.filter(isLeft)) await this.delete(head)
    const whole = heads.filter(({ complete }) => complete).toSorted((left, right) => left.received - right.received)
    let usage = sizeOf(whole)
    for (const head of whole) {
      if (usage <= capacity) break
      await this.delete(head)
      usage -= head.length
    }
    this.#usage = usage
    this.#unseen = 0
  }

  async #heads(key?: string): Promise<HeadRecord[]> {
    const folder = key === undefined ? `${this.#name}/head/` : `${this.#name}/head/${hash(key)}/`
    const found = await this.#records.entries(folder)
    return found.map(([, value]) => value).filter(isHead)
  }

  #headKey({ key, id }: StoredHead): string {
    return `${this.#name}/head/${hash(key)}/${id}`
  }

  #bodyKey(id: string): string {
    return `${this.#name}/body/${id}`
  }
}

const sizeOf = (heads: readonly StoredHead[]): number => heads.reduce((sum, { length }) => sum + length, 0)

/** What others wrote, perhaps another version, or what is damaged. */
function isHead(value: unknown): value is HeadRecord {
  const { version, id, key, response, length, received, requested, varied } = (value ?? {}) as Partial<HeadRecord>
  const isWhole = isText(id, 1, 100) && isText(key, 1, 1_000_000) && [length, received, requested].every(isNumber)
  return version === 1 && isWhole && Array.isArray(varied) && Array.isArray(response?.headers)
}

/** To find it by: two that are the same do no harm, since heads name their keys. FNV-1a. */
function hash(text: string): string {
  let sum = 0x811c9dc5
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193) >>> 0
  return sum.toString(36)
}
