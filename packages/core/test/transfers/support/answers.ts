/** Heads of answers, and what is known and asked, for the resume rules. */
import type { Entity } from '../../../src/storage/records.ts'
import { judge, type Ask, type Head, type Verdict } from '../../../src/transfers/download/resume-rules.ts'

export const url = 'https://host.test/files/model.bin'
export const tag = '"v1"'
export const monday = 'Mon, 05 Jan 2026 10:00:00 GMT'
export const tuesday = 'Tue, 06 Jan 2026 10:00:00 GMT'

type Headers_ = { readonly [name: string]: string }

export function head(status: number, headers: Headers_ = {}, more: Partial<Head> = {}): Head {
  return { status, statusText: '', url, headers: new Headers(headers), headersFiltered: false, ...more }
}

/** A head across origins: `exposed` is all that a page is shown. */
export const filteredHead = (status: number, exposed: Headers_ = {}): Head =>
  head(status, exposed, { headersFiltered: true })

/** A file of 1000 bytes with both validators. */
export function entity(more: Partial<Entity> = {}): Entity {
  return {
    etag: tag,
    lastModified: monday,
    total: 1000,
    encoded: false,
    filtered: false,
    acceptsRanges: true,
    response: { url, status: 200, statusText: '', headers: [], filename: 'model.bin' },
    ...more,
  }
}

/** A question: by default for the rest of that file from byte 400, with If-Range. */
export function asked(more: Partial<Ask> = {}): Ask {
  return {
    url,
    from: 400,
    to: null,
    entity: entity(),
    conditional: true,
    stored: 400,
    last: false,
    rest: false,
    now: 0,
    ...more,
  }
}

/** The question for the whole, with nothing there. */
export const fresh: Ask = asked({ from: null, entity: null, conditional: false, stored: 0 })

/** A part that fits the default question, but for what is said. A header set to '' is left out. */
export function part(headers: Headers_ = {}): Head {
  const usual = {
    'content-range': 'bytes 400-999/1000',
    'content-length': '600',
    etag: tag,
    'last-modified': monday,
    ...headers,
  }
  return head(206, Object.fromEntries(Object.entries(usual).filter(([, value]) => value !== '')))
}

/** What is decided, in one word, and why if it says so. */
export function verdict(answer: Head, ask: Ask = asked()): string {
  const { do: what, ...rest } = judge(answer, ask) as Verdict & { why?: string }
  return rest.why === undefined ? what : `${what}: ${rest.why}`
}
