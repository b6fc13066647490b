/** Owns what becomes of a body that its giver may change later, or read from memory that he uses again. */
type OwnBody = string | Uint8Array<ArrayBuffer> | Blob | FormData | URLSearchParams | ReadableStream

/** Our own copy; what cannot be changed, and a stream, as it is; null for what is no body. */
export function ownBody(body: unknown): OwnBody | null {
  if (body instanceof ArrayBuffer) return new Uint8Array(body.slice(0))
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice()
  const Form = [FormData, URLSearchParams].find((kind) => body instanceof kind)
  if (Form) {
    const form = new Form()
    for (const [name, value] of body as FormData) form.append(name, value as string)
    return form
  }
  return typeof body === 'string' || body instanceof Blob || body instanceof ReadableStream ? body : null
}
