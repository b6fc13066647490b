/** Short requests, one after another and many at once, by the platform's fetch, by a session, and by the clients people use instead. */
import axios from 'axios'
import ky from 'ky'
import { URLSession } from 'urlsession'

const session = new URLSession()

const ways = {
  fetch: async (url: string) => (await fetch(url)).arrayBuffer(),
  'session.fetch': async (url: string) => (await session.fetch(url)).arrayBuffer(),
  'session.data': async (url: string) => (await session.data(url)).data.buffer,
  ky: async (url: string) => ky(url).arrayBuffer(),
  axios: async (url: string) => (await axios.get<ArrayBuffer>(url, { responseType: 'arraybuffer' })).data,
} satisfies Record<string, (url: string) => Promise<ArrayBuffer>>

export type Way = keyof typeof ways

export interface RequestJob {
  readonly way: Way
  readonly url: string
  readonly count: number
  readonly parallel: number
  /** Bytes that each answer has. */
  readonly size: number
}

/** Milliseconds. */
export async function requests({ way, url, count, parallel, size }: RequestJob): Promise<number> {
  let begun = 0
  const worker = async (): Promise<void> => {
    while (begun < count) {
      begun += 1
      const { byteLength } = await ways[way](url)
      if (byteLength !== size) throw new Error(`${way}: ${byteLength} of ${size} bytes`)
    }
  }
  // What is loaded with the first request is not to be measured.
  await ways[way](url)
  const started = performance.now()
  await Promise.all(Array.from({ length: parallel }, worker))
  return performance.now() - started
}
