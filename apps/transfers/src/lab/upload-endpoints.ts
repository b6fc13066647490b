/** Where the local servers take uploads, as the server of this page tells it. Absent where the demo is served alone. */

export interface UploadEndpoints {
  readonly plain: string
  readonly tus: string
  readonly resumable: string
}

/** Asks the server of this page. */
export async function findUploadEndpoints(): Promise<UploadEndpoints | null> {
  try {
    const response = await fetch('/demo-origin.json')
    const { uploads } = (await response.json()) as { uploads?: UploadEndpoints }
    return uploads ?? null
  } catch {
    return null
  }
}
