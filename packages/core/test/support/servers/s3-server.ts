/**
 * Owns an S3 of our own: one bucket, path style, multipart uploads, HEAD and GET, with signatures checked and faults on demand. Proven
 * by the AWS SDK, which must be content with it.
 */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { crc32 } from 'node:zlib'
import { type S3Key, type SignatureFault, decodeKey, signatureFault } from './s3-signatures.ts'

/** What may go wrong: a refusal, one behind a 200, the connection cut within the request's body, or after all was done, or nothing said. */
export type S3Fault = SignatureFault | { readonly in200: string } | 'cut' | 'lost' | 'silence'

export interface S3Part {
  readonly number: number
  readonly bytes: Buffer
  readonly etag: string
  readonly sums: Readonly<Record<string, string>>
}

interface S3Upload {
  readonly key: string
  readonly algorithm: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly parts: Map<number, S3Part>
}

export interface S3Object {
  readonly bytes: Buffer
  readonly etag: string
  /** Those of CreateMultipartUpload. */
  readonly headers: Readonly<Record<string, string>>
}

export interface S3Seen {
  readonly operation: string
  readonly part: number | null
  readonly headers: IncomingMessage['headers']
  readonly target: string
}

type Fields = Readonly<Record<string, string>>

const LEAST = 5 * 1024 * 1024
const SUMS = {
  CRC32: (bytes: Buffer) => {
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc32(bytes))
    return sum.toString('base64')
  },
  SHA256: (bytes: Buffer) => createHash('sha256').update(bytes).digest('base64'),
}

const refuse = (code: string, status: number, message = code): never => {
  throw Object.assign(new Error(message), { status, code })
}

export class S3Server {
  keys: S3Key[] = [{ id: 'AKIDEXAMPLE', secret: 'secret' }]
  /** Milliseconds. */
  now: () => number = Date.now
  /** Parts on a page of ListParts. */
  page = 1000
  exposed = 'ETag, x-amz-meta-who'
  readonly objects = new Map<string, S3Object>()
  readonly uploads = new Map<string, S3Upload>()
  readonly seen: S3Seen[] = []
  readonly #faults: { operation: string; fault: S3Fault; skip: number }[] = []
  readonly #server: Server
  readonly #waiting: { readonly operation: string; readonly count: number; resolve(): void }[] = []
  #count = 0

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response))
  }

  static async start(): Promise<S3Server> {
    const made = new S3Server()
    await new Promise<void>((resolve) => made.#server.listen(0, '127.0.0.1', resolve))
    return made
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  /** The next request of the operation that comes, after as many as are skipped, meets with it. */
  fault(operation: string, fault: S3Fault, skip = 0): void {
    this.#faults.push({ operation, fault, skip })
  }

  /** Resolves once so many requests of the operation have been answered, or have met with silence. */
  answers(operation: string, count = 1): Promise<void> {
    return new Promise((resolve) => void this.#waiting.push({ operation, count, resolve }))
  }

  count(operation: string): number {
    return this.seen.filter((one) => one.operation === operation).length
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-expose-headers', this.exposed)
    if (request.method === 'OPTIONS') {
      response.setHeader('access-control-allow-methods', 'GET, HEAD, PUT, POST, DELETE')
      response.setHeader('access-control-allow-headers', request.headers['access-control-request-headers'] ?? '')
      response.end()
      return
    }
    const target = request.url ?? '/'
    const url = new URL(target, this.url)
    const operation = operationOf(request.method ?? '', url.searchParams)
    const part = url.searchParams.get('partNumber')
    this.seen.push({ operation, part: part === null ? null : Number(part), headers: request.headers, target })
    const fault = this.#next(operation)
    try {
      const body = await read(request, fault === 'cut')
      if (body === null) return void request.socket.destroy()
      if (fault === 'silence') return this.#tell(operation)
      const wrong = signatureFault(
        { method: request.method ?? '', target, headers: request.headers, body },
        this.keys,
        this.now(),
      )
      if (wrong) refuse(wrong.code, wrong.status, wrong.message)
      if (fault && typeof fault === 'object' && 'code' in fault) refuse(fault.code, fault.status, fault.message)
      if (fault && typeof fault === 'object' && 'in200' in fault)
        return void response.end(`\n   ${errorXML(fault.in200, 'behind a 200')}`)
      const answer = this.#do(operation, url, request, body, response)
      if (fault === 'lost') return void request.socket.destroy()
      response.end(answer)
      this.#tell(operation)
    } catch (error) {
      const { status = 500, code = 'InternalError', message } = error as Partial<SignatureFault>
      response.writeHead(status, { 'content-type': 'application/xml' })
      response.end(request.method === 'HEAD' ? undefined : errorXML(code, message ?? ''))
    }
  }

  #tell(operation: string): void {
    for (const one of this.#waiting)
      if (one.operation === operation && this.count(operation) >= one.count) one.resolve()
  }

  #next(operation: string): S3Fault | null {
    const index = this.#faults.findIndex((one) => one.operation === operation && one.skip-- <= 0)
    return index < 0 ? null : (this.#faults.splice(index, 1)[0]?.fault ?? null)
  }

  #do(operation: string, url: URL, request: IncomingMessage, body: Buffer, response: ServerResponse): Buffer | string {
    const key = decodeKey(url.pathname)
    const id = url.searchParams.get('uploadId') ?? ''
    switch (operation) {
      case 'CreateMultipartUpload':
        return this.#create(key, fields(request, url))
      case 'UploadPart':
        return this.#take(
          this.#upload(id, key),
          Number(url.searchParams.get('partNumber')),
          fields(request, url),
          body,
          response,
        )
      case 'ListParts':
        return this.#list(this.#upload(id, key), Number(url.searchParams.get('part-number-marker') ?? 0))
      case 'CompleteMultipartUpload':
        return this.#complete(id, this.#upload(id, key), String(body), request)
      case 'AbortMultipartUpload':
        this.#upload(id, key)
        this.uploads.delete(id)
        response.statusCode = 204
        return ''
      default: {
        const object = this.objects.get(key) ?? refuse('NoSuchKey', 404)
        const kept = Object.entries(object.headers).filter(([name]) => /^(content-type|x-amz-meta-.*)$/.test(name))
        response.writeHead(200, {
          ...Object.fromEntries(kept),
          etag: object.etag,
          'content-length': object.bytes.length,
        })
        return operation === 'HeadObject' ? '' : object.bytes
      }
    }
  }

  #upload(id: string, key: string): S3Upload {
    const upload = this.uploads.get(id)
    return upload?.key === key ? upload : refuse('NoSuchUpload', 404, 'The specified upload does not exist.')
  }

  #create(key: string, headers: Fields): string {
    // Some of S3's are full of what XML and URLs must escape.
    const id = `${String(++this.#count)}.a_b-c&d<e>+"é"=`
    this.uploads.set(id, {
      key,
      algorithm: headers['x-amz-checksum-algorithm'] ?? null,
      headers,
      parts: new Map(),
    })
    return result(
      'InitiateMultipartUploadResult',
      `<Bucket>b</Bucket><Key>${xml(key)}</Key><UploadId>${xml(id)}</UploadId>`,
    )
  }

  #take(upload: S3Upload, number: number, headers: Fields, bytes: Buffer, response: ServerResponse): string {
    if (!(number >= 1 && number <= 10_000)) refuse('InvalidArgument', 400)
    const sums: Record<string, string> = {}
    for (const [algorithm, sum] of Object.entries(SUMS)) {
      const given = headers[`x-amz-checksum-${algorithm.toLowerCase()}`]
      if (given === undefined && upload.algorithm === algorithm)
        refuse(
          'InvalidRequest',
          400,
          `Checksum Type mismatch occurred, expected checksum Type: ${algorithm}, actual checksum Type: null`,
        )
      if (given === undefined) continue
      if (given !== sum(bytes))
        refuse('BadDigest', 400, `The ${algorithm} you specified did not match the calculated checksum.`)
      sums[algorithm] = given
    }
    const etag = `"${md5(bytes)}"`
    upload.parts.set(number, { number, bytes, etag, sums })
    response.setHeader('etag', etag)
    return ''
  }

  #list(upload: S3Upload, marker: number): string {
    const parts = [...upload.parts.values()].toSorted((one, other) => one.number - other.number)
    const rest = parts.filter(({ number }) => number > marker)
    const page = rest.slice(0, this.page)
    const items = page.map(({ number, etag, bytes, sums }) => {
      const checks = Object.entries(sums).map(([name, sum]) => `<Checksum${name}>${sum}</Checksum${name}>`)
      return `<Part><PartNumber>${String(number)}</PartNumber><ETag>${xml(etag)}</ETag><Size>${String(bytes.length)}</Size>${checks.join('')}</Part>`
    })
    const more = `<NextPartNumberMarker>${String(page.at(-1)?.number ?? 0)}</NextPartNumberMarker><IsTruncated>${String(rest.length > page.length)}</IsTruncated>`
    return result('ListPartsResult', more + items.join(''))
  }

  #complete(id: string, upload: S3Upload, body: string, { headers }: IncomingMessage): string {
    if (headers['if-none-match'] === '*' && this.objects.has(upload.key)) refuse('PreconditionFailed', 412)
    const named = [...body.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, item = '']) => item)
    if (named.length === 0) refuse('MalformedXML', 400)
    const parts = named.map((item, index) => {
      const text = (name: string): string | undefined => new RegExp(`<${name}>(.*?)</${name}>`).exec(item)?.[1]
      const part = upload.parts.get(Number(text('PartNumber')))
      const etag = text('ETag')?.replace(/&#34;|&quot;|"/g, '')
      if (!part || `"${etag ?? ''}"` !== part.etag)
        return refuse('InvalidPart', 400, 'One or more of the specified parts could not be found.')
      if (upload.algorithm && text(`Checksum${upload.algorithm}`) !== part.sums[upload.algorithm])
        refuse('InvalidRequest', 400, 'The complete request must include the checksum for each part.')
      if (index < named.length - 1 && part.bytes.length < LEAST)
        refuse('EntityTooSmall', 400, 'Your proposed upload is smaller than the minimum allowed size')
      return part
    })
    if (parts.some(({ number }, index) => number <= (parts[index - 1]?.number ?? 0))) refuse('InvalidPartOrder', 400)
    const digests = parts.map(({ etag }) => Buffer.from(etag.slice(1, -1), 'hex'))
    const etag = `"${md5(Buffer.concat(digests))}-${String(parts.length)}"`
    this.objects.set(upload.key, {
      bytes: Buffer.concat(parts.map(({ bytes }) => bytes)),
      etag,
      headers: upload.headers,
    })
    this.uploads.delete(id)
    return `\n  ${result('CompleteMultipartUploadResult', `<Key>${xml(upload.key)}</Key><ETag>${xml(etag)}</ETag>`)}`
  }
}

/** The headers, and those that a presigned URL has in its query. */
const fields = ({ headers }: IncomingMessage, { searchParams }: URL): Fields =>
  Object.fromEntries([
    ...Object.entries(headers).map(([name, value]) => [name, String(value)]),
    ...[...searchParams].map(([name, value]) => [name.toLowerCase(), value]),
  ])

function operationOf(method: string, query: URLSearchParams): string {
  if (method === 'POST') return query.has('uploads') ? 'CreateMultipartUpload' : 'CompleteMultipartUpload'
  if (method === 'PUT') return 'UploadPart'
  if (method === 'DELETE') return 'AbortMultipartUpload'
  if (method === 'HEAD') return 'HeadObject'
  return query.has('uploadId') ? 'ListParts' : 'GetObject'
}

/** The body; null once some of it came, where it is to be cut. */
async function read(request: IncomingMessage, cut: boolean): Promise<Buffer | null> {
  if (cut) {
    await new Promise((resolve) => request.once('data', resolve).once('end', resolve))
    return null
  }
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex')
const xml = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? '&quot;')
const result = (name: string, content: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}>`
const errorXML = (code: string, message: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${xml(code)}</Code><Message>${xml(message)}</Message><RequestId>1</RequestId></Error>`
