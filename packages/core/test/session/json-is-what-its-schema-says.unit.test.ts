/** JSON out of a body: what a schema made of it, or one error that says where it is wrong and shows the body only to whoever asks. */
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import * as mini from 'zod/mini'
import { URLError } from '../../src/model/url-error.ts'
import { URLResponse } from '../../src/model/response.ts'
import { checkSchema, decodeJSON, type StandardSchemaV1 } from '../../src/session/decode-json.ts'
import { encode } from './support/pieces.ts'

const SECRET = 'hunter2'
const url = 'https://api.example.com/me?token=abc'

const answer = (mimeType = 'application/json', status = 200): URLResponse =>
  new URLResponse({ url, status, statusText: '', headers: [['content-type', mimeType]], filename: 'me' })

async function refusal(promise: Promise<unknown>): Promise<URLError> {
  const error: unknown = await promise.then(
    () => expect.fail('it was decoded'),
    (reason: unknown) => reason,
  )
  if (!URLError.is(error)) throw error
  return error
}

/** No part of the body in anything that is logged or stored. */
function keepsQuiet(error: URLError): void {
  expect(error.message).not.toContain(SECRET)
  expect(JSON.stringify(error.toRecord())).not.toContain(SECRET)
  expect(JSON.stringify(error)).not.toContain(SECRET)
  expect(Object.keys(error)).not.toContain('decoding')
  expect(error.message).toContain('https://api.example.com/me?…')
}

describe('a body without a schema', () => {
  it('is the value it says', async () => {
    expect(await decodeJSON(encode('{"a":[1,null,"€"]}'), answer())).toEqual({ a: [1, null, '€'] })
    expect(await decodeJSON(encode(' null\n'), answer())).toBe(null)
    expect(await decodeJSON(encode('\uFEFF"marked"'), answer())).toBe('marked')
  })

  it('makes no prototype of a key', async () => {
    const value = await decodeJSON<Record<string, unknown>>(encode('{"__proto__":{"admin":true}}'), answer())
    expect(value['admin']).toBe(undefined)
  })

  it.each(['', ' \r\n\t', '\uFEFF'])('that is empty (%j) is no JSON, and the error says so', async (text) => {
    const error = await refusal(decodeJSON(encode(text), answer('application/json', 204)))
    expect(error).toMatchObject({
      code: 'cannotDecodeRawData',
      number: -1015,
      status: 204,
      url,
      path: [],
      phase: 'body',
    })
    expect(error.message).toContain('the body is empty')
    expect(error.retryable).toBe(false)
  })

  it.each([`{"password":"${SECRET}"`, `{"password":${SECRET}}`, SECRET, `["${SECRET}",]`])(
    'that is no JSON (%s) is not quoted',
    async (text) => {
      const error = await refusal(decodeJSON(encode(text), answer()))
      expect(error).toMatchObject({ code: 'cannotDecodeRawData', path: [], body: text })
      expect(error.message).toContain('the body is not JSON')
      expect(error.cause).toBe(undefined)
      keepsQuiet(error)
    },
  )

  it('that is a page of HTML is called what it is, with the status it came with', async () => {
    const error = await refusal(
      decodeJSON(encode('<!doctype html><title>502'), answer('text/html; charset=utf-8', 502)),
    )
    expect(error.message).toMatch(/its type is text\/html; the status was 502/)
  })

  it('that is no UTF-8 is refused instead of guessed at', async () => {
    const error = await refusal(
      decodeJSON(new Uint8Array([0x22, 0xe4, 0x22]), answer('application/json; charset=latin1')),
    )
    expect(error).toMatchObject({ code: 'cannotDecodeRawData', body: '"\uFFFD"' })
    expect(error.message).toContain('the body is not UTF-8, as JSON must be; it says to be latin1')
  })

  it('that is long is kept in part', async () => {
    const error = await refusal(decodeJSON(encode('🙂'.repeat(100_000)), answer()))
    expect(error.body).toBe('🙂'.repeat(5000))
  })
})

const body = (age: unknown): Uint8Array => encode(JSON.stringify({ user: { ages: [1, age] } }))

/** The same shape in the words of each library. */
const schemas: readonly (readonly [string, StandardSchemaV1<unknown, { user: { ages: number[] } }>])[] = [
  ['zod', z.object({ user: z.object({ ages: z.array(z.number()) }) })],
  ['zod/mini', mini.object({ user: mini.object({ ages: mini.array(mini.number()) }) })],
  ['valibot', v.object({ user: v.object({ ages: v.array(v.number()) }) })],
  ['arktype', type({ user: { ages: 'number[]' } })],
]

describe.each(schemas)('a schema of %s', (_name, schema) => {
  it('lets what fits through', async () => {
    expect(await decodeJSON(body(2), answer(), schema)).toEqual({ user: { ages: [1, 2] } })
  })

  it('says where what does not fit is wrong, and quotes it nowhere but in the issues', async () => {
    const error = await refusal(decodeJSON(body(SECRET), answer(), schema))
    expect(error).toMatchObject({ code: 'schemaMismatch', number: null, path: ['user', 'ages', 1], url, status: 200 })
    expect(error.message).toContain('$.user.ages[1]')
    expect(error.body).toBe(`{"user":{"ages":[1,"${SECRET}"]}}`)
    expect(error.decoding?.issues[0]).toMatch(/^\$\.user\.ages\[1\]: ./)
    keepsQuiet(error)
  })

  it('is not even asked about what is no JSON', async () => {
    expect((await refusal(decodeJSON(encode('{'), answer(), schema))).code).toBe('cannotDecodeRawData')
  })
})

describe('any schema', () => {
  it('may change the value, and its type', async () => {
    const dates = z.object({ at: z.string().transform((text) => new Date(text)) })
    const value = await decodeJSON(encode('{"at":"2026-01-01"}'), answer(), dates)
    expectTypeOf(value).toEqualTypeOf<{ at: Date }>()
    expect(value.at.getUTCFullYear()).toBe(2026)
  })

  it('may take its time', async () => {
    const zod = z.string().refine(async (text) => Promise.resolve(text === 'yes'))
    const valibot = v.pipeAsync(
      v.string(),
      v.checkAsync(async (text) => Promise.resolve(text === 'yes')),
    )
    for (const schema of [zod, valibot]) {
      expect(await decodeJSON(encode('"yes"'), answer(), schema)).toBe('yes')
      expect(await refusal(decodeJSON(encode('"no"'), answer(), schema))).toMatchObject({
        code: 'schemaMismatch',
        path: [],
      })
    }
  })

  it('that throws has thrown its own error', async () => {
    const broken = z.string().transform((): string => {
      throw new RangeError('a fault of the caller')
    })
    await expect(decodeJSON(encode('"x"'), answer(), broken)).rejects.toThrow(RangeError)
  })

  it('may name keys that are no names', async () => {
    const error = await refusal(
      decodeJSON(encode('{"a b":{"":1}}'), answer(), z.object({ 'a b': z.object({ '': z.string() }) })),
    )
    expect(error.message).toContain('$["a b"][""]')
  })

  it('with a very long path makes no very long message', async () => {
    const key = 'k'.repeat(5000)
    const error = await refusal(
      decodeJSON(encode(JSON.stringify({ [key]: 1 })), answer(), z.record(z.string(), z.string())),
    )
    expect(error.path).toEqual([key])
    expect(error.message.length).toBeLessThan(600)
  })

  it.each([
    null,
    {},
    [],
    'zod',
    7,
    { '~standard': { version: 2, validate: () => {} } },
    { '~standard': { version: 1 } },
  ])('that is none (%j) is a mistake of the caller, and named', async (schema) => {
    expect(() => checkSchema(schema)).toThrow(TypeError)
    await expect(decodeJSON(encode('1'), answer(), schema as unknown as StandardSchemaV1)).rejects.toThrow(
      "option 'schema' must be a Standard Schema",
    )
  })
})

describe('what an error knows of the body', () => {
  it('stays with it when more is said about it, and does not cross the wire', async () => {
    const error = await refusal(decodeJSON(encode('['), answer()))
    expect(error.with({ attempts: 3 })).toMatchObject({ attempts: 3, body: '[', path: [] })
    expect(URLError.fromRecord(error.toRecord())).not.toHaveProperty('decoding')
  })
})
