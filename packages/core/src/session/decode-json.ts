/**
 * Owns JSON as the body of an answer: from bytes to a value that a schema has vouched for. Every way this can fail is one typed error
 * that says where, and carries the body apart from its message.
 */
import type { URLResponse } from '../model/response.ts'
import { type DecodingFailure, URLError, type URLErrorCode, type URLErrorDetails } from '../model/url-error.ts'

/** A schema of any library that speaks Standard Schema 1 (zod, valibot, arktype …), as far as it is used here. */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    /** Never there at run time. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a schema answers: a value, perhaps another one than it was given, or what is wrong with it. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Characters of the body that an error keeps. */
const LONGEST_BODY = 10_000
/** Issues that an error keeps. */
const MOST_ISSUES = 20

/**
 * The JSON of a body, in UTF-8 (RFC 8259 §8.1; a byte order mark is passed over), as its schema gives it back; without a schema as it is.
 * What the schema itself throws is thrown on: that is the caller's code.
 * @throws {URLError} `cannotDecodeRawData` when the body is empty, no UTF-8 or no JSON; `schemaMismatch` when the schema refuses it. Both
 *   with `path`, `body` and `decoding`; neither the message nor the cause holds a value of the body.
 * @throws {TypeError} when `schema` is no Standard Schema.
 */
export async function decodeJSON<T = unknown>(
  data: Uint8Array,
  response: URLResponse,
  schema?: StandardSchemaV1<unknown, T>,
): Promise<T> {
  if (schema !== undefined) checkSchema(schema)
  const value = parse(data, response)
  // Without a schema the caller vouches for the type.
  if (schema === undefined) return value as T
  const result = await schema['~standard'].validate(value)
  if (result.issues === undefined) return result.value
  const path = pathOf(result.issues[0])
  throw failure('schemaMismatch', response, data, `the value at ${shown(path)} is not as it should be`, {
    path,
    issues: result.issues.slice(0, MOST_ISSUES).map((issue) => `${shown(pathOf(issue))}: ${issue.message}`),
  })
}

/**
 * Refuses what is no Standard Schema: to be called when the option is given, before anything is sent.
 * @throws {TypeError} that says what was given.
 */
export function checkSchema(schema: unknown): void {
  // A schema may be a function, as arktype's are.
  const standard: unknown =
    (typeof schema === 'object' && schema !== null) || typeof schema === 'function'
      ? (schema as { '~standard'?: unknown })['~standard']
      : null
  const { version, validate } = (standard ?? {}) as { version?: unknown; validate?: unknown }
  if (version === 1 && typeof validate === 'function') return
  const given = schema === null ? 'null' : Array.isArray(schema) ? 'an array' : `a value of type ${typeof schema}`
  throw new TypeError(
    `option 'schema' must be a Standard Schema, version 1, as zod, valibot and arktype make; it was ${given}`,
  )
}

function parse(data: Uint8Array, response: URLResponse): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(data)
  } catch {
    const charset = response.textEncodingName
    throw failure(
      'cannotDecodeRawData',
      response,
      data,
      `the body is not UTF-8, as JSON must be${charset === null || charset === 'utf-8' ? '' : `; it says to be ${charset}`}`,
    )
  }
  if (/^[ \t\r\n]*$/.test(text)) throw failure('cannotDecodeRawData', response, data, 'the body is empty')
  try {
    return JSON.parse(text)
  } catch (error) {
    throw failure(
      'cannotDecodeRawData',
      response,
      data,
      `the body is not JSON${placeIn(text, error)}${kindOf(response)}`,
    )
  }
}

/** No cause goes along: what an engine says of bad JSON quotes it. */
function failure(
  code: URLErrorCode,
  response: URLResponse,
  data: Uint8Array,
  why: string,
  { path = [], issues = [] }: Partial<DecodingFailure> = {},
): URLError {
  // A character has at most four bytes in UTF-8, so that many bytes are enough.
  const body = new TextDecoder().decode(data.subarray(0, LONGEST_BODY * 4)).slice(0, LONGEST_BODY)
  const error = new URLError(code, {
    url: response.url,
    status: response.status,
    phase: 'body',
    why: response.ok ? why : `${why}; the status was ${response.status}`,
    hint: 'error.body has what came',
  })
  return carrying(error, { path, body, issues })
}

/**
 * The error with what it is about: unseen by whatever prints or stores errors, and kept when more is said of it. Here and not in the
 * class, which every worker loads.
 */
function carrying(error: URLError, decoding: DecodingFailure): URLError {
  const more = error.with.bind(error)
  return Object.defineProperties(error, {
    decoding: { value: decoding },
    path: { value: decoding.path },
    body: { value: decoding.body },
    with: { value: (details: URLErrorDetails) => carrying(more(details), decoding) },
  })
}

/** Where the JSON breaks off, as far as the engine tells: Chromium and Node give an offset, Firefox a line and a column. */
function placeIn(text: string, error: unknown): string {
  const said = error instanceof Error ? error.message : ''
  const place = /(?: at position \d+(?: \(line \d+ column \d+\))?| at line \d+ column \d+ of the JSON data)$/.exec(
    said,
  )?.[0]
  if (place) return place.replace(' of the JSON data', '')
  return said.includes('end of JSON input') ? `: it ends after ${text.length} characters` : ''
}

/** What was sent instead, where the server says so: an HTML page is the usual one. */
const kindOf = ({ mimeType }: URLResponse): string =>
  mimeType === '' || /[/+]json$/.test(mimeType) ? '' : `; its type is ${mimeType.slice(0, 60)}`

function pathOf(issue: SchemaIssue | undefined): (string | number)[] {
  // Not `map`: the list may be of a class of the library's own, and would beget another.
  return Array.from(issue?.path ?? [], (part) => {
    const key = typeof part === 'object' ? part.key : part
    return typeof key === 'symbol' ? String(key) : key
  })
}

/** A path as one would write it in JavaScript, bounded: keys come from outside, too. */
function shown(path: readonly (string | number)[]): string {
  const text = path
    .map((key) => {
      if (typeof key === 'number') return `[${key}]`
      return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
    })
    .join('')
  return `$${text.length > 200 ? `${text.slice(0, 199)}…` : text}`
}
