/** A form as the parts of a body, files left where they are (WHATWG HTML §4.10.21.8). */

/** The parts one after another, and the type that names their boundary. */
export function formParts(form: FormData): [(Blob | Uint8Array<ArrayBuffer>)[], string] {
  const boundary = `----urlsession-${Array.from({ length: 4 }, () => Math.random().toString(36).slice(2, 10)).join('')}`
  const text = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value)
  const parts = [...form].flatMap(([name, value]): (Blob | Uint8Array<ArrayBuffer>)[] => {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(crlf(name))}"`
    if (typeof value === 'string') return [text(`${head}\r\n\r\n${crlf(value)}\r\n`)]
    const type = value.type === '' ? 'application/octet-stream' : value.type
    const file = `; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`
    return [text(head + file), value, text('\r\n')]
  })
  return [[...parts, text(`--${boundary}--\r\n`)], `multipart/form-data; boundary=${boundary}`]
}

const crlf = (value: string): string => value.replaceAll(/\r\n|\r|\n/g, '\r\n')

const escaped = (name: string): string => name.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22')
