/** data: URLs: what is in them, and which are none. */
import { describe, expect, it } from 'vitest'
import { parseDataURL } from '../../src/model/data-url.ts'
import { URLError } from '../../src/model/url-error.ts'

const utf8 = (text: string): number[] => [...new TextEncoder().encode(text)]
/** As the URL parser hands them on. */
const parse = (url: string): { type: string; bytes: number[] } => {
  const { type, bytes } = parseDataURL(new URL(url).href)
  return { type, bytes: [...bytes] }
}

describe('a data: URL', () => {
  it.each<[url: string, type: string, content: string | number[]]>([
    ['data:,', 'text/plain', ''],
    ['data:,a', 'text/plain', 'a'],
    ['DATA:,a', 'text/plain', 'a'],
    ['data:,a%20b%2Cc', 'text/plain', 'a b,c'],
    ['data:,a?b=c', 'text/plain', 'a?b=c'],
    ['data:,a#b', 'text/plain', 'a'],
    ['data:,1,2,3', 'text/plain', '1,2,3'],
    ['data:,%00%ff%FE', 'text/plain', [0, 255, 254]],
    ['data:,grün', 'text/plain', 'grün'],
    ['data:;charset=utf-8,a', 'text/plain;charset=utf-8', 'a'],
    ['data:;charset=utf-8;charset=latin1;rest,a', 'text/plain;charset=utf-8;charset=latin1;rest', 'a'],
    ['data:text/html,<p>', 'text/html', '<p>'],
    ['data:image/svg+xml;utf8,<svg/>', 'image/svg+xml;utf8', '<svg/>'],
    ['data:application/json;charset=iso-8859-1;key=value,,1', 'application/json;charset=iso-8859-1;key=value', ',1'],
    ['data:a/b ; c=d,x', 'a/b ; c=d', 'x'],
    ['data:;base64,', 'text/plain', ''],
    ['data:;base64,aGk=', 'text/plain', 'hi'],
    ['data:;base64,aGk', 'text/plain', 'hi'],
    ['data:;base64,aGk%3D', 'text/plain', 'hi'],
    ['data:;base64,aG%20k%0A=', 'text/plain', 'hi'],
    ['data:;BASE64,aGk=', 'text/plain', 'hi'],
    ['data:; base64,aGk=', 'text/plain', 'hi'],
    ['data:;base64,/+8=', 'text/plain', [255, 239]],
    ['data:image/png;base64,iVBORw0KGgo=', 'image/png', [137, 80, 78, 71, 13, 10, 26, 10]],
    ['data:;base64;charset=x,aGk=', 'text/plain;base64;charset=x', 'aGk='],
    ['data:text/plain;notbase64,aGk=', 'text/plain;notbase64', 'aGk='],
    ['data:text/plain;base64=,aGk=', 'text/plain;base64=', 'aGk='],
  ])('%s', (url, type, content) => {
    expect(parse(url)).toEqual({ type, bytes: typeof content === 'string' ? utf8(content) : content })
  })

  it('of any length is read', () => {
    const bytes = new Uint8Array(300_000).map((_, at) => at * 7)
    const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    expect(parseDataURL(`data:;base64,${text}`).bytes).toEqual(bytes)
  })
})

describe('none is', () => {
  it.each([
    ['data:', 'no comma'],
    ['data:text/plain', 'no comma'],
    ['data://host', 'no comma'],
    ['data:#a,b', 'no comma'],
    ['data:%2Ca', 'no comma'],
    ['data:text%2Fplain,a', 'percent sign'],
    ['data:text/plain;charset=%75tf-8,a', 'percent sign'],
    ['data:text/plain;b%61se64,aGk=', 'percent sign'],
    ['data:grün/b,a', 'percent sign'],
    ['data:text,a', 'type/subtype'],
    ['data:text/,a', 'type/subtype'],
    ['data:/plain,a', 'type/subtype'],
    ['data:a/b/c,a', 'type/subtype'],
    ['data://host/a,b', 'type/subtype'],
    ['data:base64,aGk=', 'type/subtype'],
    ['data:,100%', 'hexadecimal'],
    ['data:,%4', 'hexadecimal'],
    ['data:,%zz', 'hexadecimal'],
    ['data:,%+1', 'hexadecimal'],
    ['data:;base64,a', 'not base64'],
    ['data:;base64,a!bc', 'not base64'],
    ['data:;base64,aGk==', 'not base64'],
    ['data:;base64,_-8=', 'not base64'],
    ['data:;base64,%ff', 'not base64'],
  ])('%s', (url, why) => {
    expect(() => parse(url)).toThrow(URLError)
    expect(() => parse(url)).toThrow(expect.objectContaining({ code: 'badURL', number: -1000 }))
    expect(() => parse(url)).toThrow(why)
  })
})
