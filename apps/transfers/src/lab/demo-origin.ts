/** The local origin as the page holds it: where it is, what its files ought to be, and its faults. Absent where the demo is served alone. */
import { remoteOrigin, type RemoteOrigin, type Sha256 } from '@urlsession/testing'

export class DemoOrigin {
  readonly remote: RemoteOrigin

  constructor(url: string) {
    this.remote = remoteOrigin(url)
  }

  urlOf(name: string): string {
    return `${this.remote.url}/files/${name}`
  }

  /** The digest the origin's file has now, in hexadecimal; null for files of others. */
  async sha256(url: string): Promise<string | null> {
    const name = this.#nameOf(url)
    return name === null ? null : (await this.#digest(name)).hex
  }

  /** The digest of a file in the form that `integrity` takes. */
  async integrity(name: string): Promise<string> {
    return (await this.#digest(name)).sri
  }

  #digest(name: string): Promise<Sha256> {
    return this.remote.command({ do: 'sha256', name }) as Promise<Sha256>
  }

  #nameOf(url: string): string | null {
    const files = `${this.remote.url}/files/`
    return url.startsWith(files) ? decodeURIComponent(url.slice(files.length).replace(/[?#].*$/, '')) : null
  }
}

/** Asks the server of this page. */
export async function findDemoOrigin(): Promise<DemoOrigin | null> {
  try {
    const response = await fetch('/demo-origin.json')
    const { url } = (await response.json()) as { url: string }
    return new DemoOrigin(url)
  } catch {
    return null
  }
}
