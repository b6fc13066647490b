/** Computes the SHA-256 of one file, piece by piece, away from the page: told a Blob, it tells how far it is and then the digest. */
import { createSHA256 } from 'hash-wasm'

export type DigestNews = { readonly hashed: number } | { readonly hex: string } | { readonly failed: string }

/** Bytes between two pieces of news. */
const stride = 16_000_000

const tell = (news: DigestNews): void => self.postMessage(news)

self.addEventListener('message', (event: MessageEvent<Blob>) => {
  digestOf(event.data).then(
    (hex) => tell({ hex }),
    (error: unknown) => tell({ failed: error instanceof Error ? error.message : String(error) }),
  )
})

async function digestOf(blob: Blob): Promise<string> {
  const hasher = await createSHA256()
  const reader = blob.stream().getReader()
  let hashed = 0
  let told = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return hasher.digest('hex')
    hasher.update(value)
    hashed += value.byteLength
    if (hashed - told < stride) continue
    told = hashed
    tell({ hashed })
  }
}
