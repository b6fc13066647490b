/** Checks finished files against what their origin says they are, and remembers what came of it. */
import type { Done } from '../downloads/download.ts'
import type { DemoOrigin } from '../lab/demo-origin.ts'
import type { DigestNews } from './digest.worker.ts'

export type Verification =
  | { readonly state: 'checking'; readonly fraction: number }
  | { readonly state: 'same' | 'different' | 'unknown' | 'failed'; readonly says: string }

export class Verifications {
  readonly #origin: Promise<DemoOrigin | null>
  readonly #known = new Map<string, Verification>()
  readonly #onChange: (key: string) => void

  constructor(origin: Promise<DemoOrigin | null>, onChange: (key: string) => void) {
    this.#origin = origin
    this.#onChange = onChange
  }

  get(key: string): Verification | null {
    return this.#known.get(key) ?? null
  }

  async start({ key, url, file }: Done): Promise<void> {
    if (this.#known.get(key)?.state === 'checking') return
    this.#put(key, { state: 'checking', fraction: 0 })
    try {
      const [actual, wanted] = await Promise.all([
        digestOf(await file.blob(), (fraction) => this.#put(key, { state: 'checking', fraction })),
        this.#expected(url).catch(() => null),
      ])
      this.#put(key, verdict(actual, wanted))
    } catch (error) {
      this.#put(key, { state: 'failed', says: error instanceof Error ? error.message : String(error) })
    }
  }

  async #expected(url: string): Promise<string | null> {
    return (await this.#origin)?.sha256(url) ?? null
  }

  #put(key: string, verification: Verification): void {
    this.#known.set(key, verification)
    this.#onChange(key)
  }
}

function verdict(actual: string, wanted: string | null): Verification {
  if (wanted === null) return { state: 'unknown', says: `SHA-256 ${actual}; nobody here knows what it ought to be` }
  if (wanted === actual) return { state: 'same', says: `SHA-256 matches the origin’s: ${actual}` }
  return { state: 'different', says: `SHA-256 is ${actual}, but the origin’s file is now ${wanted}` }
}

/** The bytes go from disk to the hasher in a worker of their own; none are held. */
function digestOf(blob: Blob, onProgress: (fraction: number) => void): Promise<string> {
  const worker = new Worker(new URL('./digest.worker.ts', import.meta.url), { type: 'module', name: 'digest' })
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  worker.addEventListener('error', () => reject(new Error('The worker that computes digests could not start')))
  worker.addEventListener('message', ({ data }: MessageEvent<DigestNews>) => {
    if ('hex' in data) resolve(data.hex)
    else if ('failed' in data) reject(new Error(data.failed))
    else onProgress(blob.size === 0 ? 1 : data.hashed / blob.size)
  })
  worker.postMessage(blob)
  return promise.finally(() => worker.terminate())
}
