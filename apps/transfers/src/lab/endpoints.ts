/** Where the local servers for uploads and for talk are, as the server of this page tells it. Absent where the demo is served alone. */

export interface UploadEndpoints {
  readonly plain: string
  readonly tus: string
  readonly resumable: string
}

export interface Endpoints {
  readonly uploads?: UploadEndpoints
  /** A WebSocket. */
  readonly echo?: string
}

/** Asks the server of this page. */
export async function findEndpoints(): Promise<Endpoints> {
  try {
    return (await (await fetch('/demo-origin.json')).json()) as Endpoints
  } catch {
    return {}
  }
}
