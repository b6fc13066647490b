/** An S3 for a test file. */
import { afterAll, beforeEach } from 'vitest'
import { contentAt } from '../../../../../testing/src/origin/content.ts'
import { S3Server } from '../../../support/servers/s3-server.ts'

export const MiB: number = 1 << 20

/** A server of its own for each test. */
export function eachWithS3(): { readonly server: S3Server; url(key?: string): string } {
  let server: S3Server | null = null
  const running = (): S3Server => {
    if (!server) throw new Error('no server')
    return server
  }
  beforeEach(async () => {
    server?.stop()
    server = await S3Server.start()
  })
  afterAll(() => server?.stop())
  return {
    get server() {
      return running()
    },
    url: (key = 'films/1.mp4') => `${running().url}/bucket/${key}`,
  }
}

export const content = (size: number, seed = 1): Uint8Array<ArrayBuffer> => contentAt(seed, 0, size)
