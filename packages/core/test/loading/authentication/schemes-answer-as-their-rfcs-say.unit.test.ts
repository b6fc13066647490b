/** Basic and Digest against the examples of their RFCs, and against published values for what those leave out. */
import { describe, expect, it } from 'vitest'
import { normalCredential } from '../../../src/model/credential.ts'
import { basicAuthorization } from '../../../src/loading/authentication/basic.ts'
import { parseChallenges } from '../../../src/loading/authentication/challenge-parser.ts'
import type { DigestSession } from '../../../src/loading/authentication/digest-scheme.ts'
import { digestScheme } from '../../../src/platform/digest/http-digest.ts'

const basic = (user: string, password: string): string =>
  basicAuthorization(normalCredential({ user, password }), 'https://a.test/')

describe('Basic', () => {
  it.each([
    // RFC 7617 §2 and §2.1.
    ['Aladdin', 'open sesame', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
    ['test', '123£', 'Basic dGVzdDoxMjPCow=='],
    ['', '', 'Basic Og=='],
    ['u', 'a:b', 'Basic dTphOmI='],
  ])('%s and %s', (user, password, value) => {
    expect(basic(user, password)).toBe(value)
  })

  it('sends one form of what looks the same', () => {
    expect(basic('u', 'e\u0301')).toBe(basic('u', '\u00e9'))
  })

  it('sends credentials of any length', () => {
    const long = basic('u', 'x'.repeat(60_000)).slice('Basic '.length)
    expect(atob(long)).toBe(`u:${'x'.repeat(60_000)}`)
  })

  it.each([
    ['a:b', 'c'],
    ['a', 'b\nc'],
    ['a\0', 'b'],
  ])('cannot carry %j', (user, password) => {
    expect(() => basic(user, password)).toThrow(
      expect.objectContaining({
        code: 'userAuthenticationRequired',
        message: expect.not.stringContaining(JSON.stringify(user)),
      }),
    )
  })
})

function begin(challenge: string, user: string, password: string, cnonce: string | (() => string)): DigestSession {
  const [parsed] = parseChallenges(challenge)
  if (!parsed) throw new Error('no challenge')
  const nonce = typeof cnonce === 'string' ? () => cnonce : cnonce
  return digestScheme.begin({ challenge: parsed, credential: normalCredential({ user, password }), nonce })
}

const part = (value: string, name: string): string | undefined =>
  new RegExp(`[ ,]${name.replace('*', '\\*')}=(?:"([^"]*)"|([^," ]+))`)
    .exec(value)
    ?.slice(1)
    .find((one) => one !== undefined)

const none = new Uint8Array()
const get = (uri: string) => ({ method: 'GET', uri, body: none })

/** RFC 7616 §3.9.1. */
const mufasa =
  'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=ALGORITHM, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
const mufasaNonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ'

describe('Digest', () => {
  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('by %s is what RFC 7616 §3.9.1 says', (algorithm, response) => {
    const session = begin(mufasa.replace('ALGORITHM', algorithm), 'Mufasa', 'Circle of Life', mufasaNonce)
    expect(session.authorize(get('/dir/index.html'))).toBe(
      `Digest username="Mufasa", realm="http-auth@example.org", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", ` +
        `uri="/dir/index.html", algorithm=${algorithm}, qop=auth, nc=00000001, cnonce="${mufasaNonce}", response="${response}", ` +
        `opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
    )
  })

  // The RFC's own values are of another hash; erratum 4897 has those of SHA-512/256.
  it('by SHA-512-256 with userhash is what RFC 7616 §3.9.2 says as corrected', () => {
    const challenge =
      'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true'
    const session = begin(challenge, 'Jäsøn Doe', 'Secret, or not?', 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v')
    const value = session.authorize(get('/doe.json'))
    expect(part(value, 'username')).toBe('793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b')
    expect(part(value, 'userhash')).toBe('true')
    expect(part(value, 'response')).toBe('3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5')
  })

  it('by MD5 is what RFC 2617 §3.5 says', () => {
    const challenge =
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    const value = begin(challenge, 'Mufasa', 'Circle Of Life', '0a4f113b').authorize(get('/dir/index.html'))
    expect(part(value, 'response')).toBe('6629fae49393a05397450978507c4ef1')
    expect(part(value, 'algorithm')).toBe(undefined)
  })

  // RFC 2069 §2.4, whose printed value is wrong; erratum 749 has this one.
  it('without qop is what RFC 2069 says as corrected', () => {
    const challenge =
      'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    const value = begin(challenge, 'Mufasa', 'CircleOfLife', 'unused').authorize(get('/dir/index.html'))
    expect(part(value, 'response')).toBe('1949323746fe6a43ef61f9606e7febea')
    expect(value).not.toMatch(/qop|nc=|cnonce/)
  })

  it('counts the uses of a nonce in eight hexadecimal digits, each with a client nonce of its own', () => {
    let count = 0
    const session = begin(mufasa.replace('ALGORITHM', 'SHA-256'), 'u', 'p', () => `c${++count}`)
    const values = Array.from({ length: 11 }, () => session.authorize(get('/')))
    expect(values.map((one) => part(one, 'nc')).slice(8)).toEqual(['00000009', '0000000a', '0000000b'])
    expect(new Set(values.map((one) => part(one, 'cnonce'))).size).toBe(11)
    expect(new Set(values.map((one) => part(one, 'response'))).size).toBe(11)
  })

  it('goes on with the next nonce that a success names, and counts from one again', () => {
    const session = begin(mufasa.replace('ALGORITHM', 'MD5'), 'u', 'p', 'c')
    session.authorize(get('/'))
    session.took('rspauth="x", nextnonce="fresh"')
    const value = session.authorize(get('/'))
    expect([part(value, 'nonce'), part(value, 'nc')]).toEqual(['fresh', '00000001'])
    session.took('rspauth="x"')
    expect(part(session.authorize(get('/')), 'nc')).toBe('00000002')
  })

  it('keeps the client nonce of a session, which its key is made of', () => {
    let count = 0
    const session = begin(mufasa.replace('ALGORITHM', 'MD5-sess'), 'u', 'p', () => `c${++count}`)
    const cnonces = [session.authorize(get('/')), session.authorize(get('/'))].map((one) => part(one, 'cnonce'))
    expect(cnonces).toEqual(['c1', 'c1'])
  })

  it('covers the body where a server takes nothing less', () => {
    const challenge = 'Digest realm="r", nonce="n", qop="auth-int", algorithm=SHA-256'
    const answer = (text: string): string => {
      const body = new TextEncoder().encode(text)
      return begin(challenge, 'u', 'p', 'c').authorize({ method: 'POST', uri: '/', body })
    }
    expect(part(answer('a'), 'qop')).toBe('auth-int')
    expect(part(answer('a'), 'response')).not.toBe(part(answer('b'), 'response'))
    expect(part(answer('a'), 'response')).toBe(part(answer('a'), 'response'))
  })

  it('names users that quotes cannot hold in UTF-8, and escapes what quotes can', () => {
    const challenge = 'Digest realm="a \\"b\\"", nonce="n", qop="auth"'
    expect(part(begin(challenge, 'Jäsøn (Doe)', 'p', 'c').authorize(get('/')), 'username*')).toBe(
      "UTF-8''J%C3%A4s%C3%B8n%20%28Doe%29",
    )
    expect(begin(challenge, 'a"b\\c', 'p', 'c').authorize(get('/'))).toContain(
      String.raw`username="a\"b\\c", realm="a \"b\"",`,
    )
  })

  it('gives only what a header can carry', () => {
    for (const user of ['Jäsøn', '王', '\u{1f600}']) {
      for (const challenge of [
        'Digest realm="r\xc3\xa4", nonce="n"',
        'Digest realm="r\xc3\xa4", nonce="n", qop="auth"',
      ]) {
        const value = begin(challenge, user, '王', 'c').authorize(get('/'))
        expect(new Headers({ authorization: value }).get('authorization')).toBe(value)
      }
    }
  })
})
