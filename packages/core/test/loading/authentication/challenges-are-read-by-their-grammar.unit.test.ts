/** Headers that ask for credentials (RFC 9110 §11.2 to §11.6.1), well made and badly. */
import { describe, expect, it } from 'vitest'
import { parseChallenges, parseParameters } from '../../../src/loading/authentication/challenge-parser.ts'
import { offersOf } from '../../../src/loading/authentication/offers.ts'

const read = (header: string): [scheme: string, rest: unknown][] =>
  parseChallenges(header).map(({ scheme, token68, parameters }) => [scheme, token68 ?? Object.fromEntries(parameters)])

const methods = (header: string | null, body: BodyInit | null = null): string[] =>
  offersOf(header, 'https://a.test/', false, body).map(
    ({ space, challenge }) => `${space.authenticationMethod}:${challenge.parameters.get('algorithm') ?? ''}`,
  )

describe('a challenge', () => {
  it.each<[string, [string, unknown][]]>([
    ['Basic realm="simple"', [['basic', { realm: 'simple' }]]],
    ['BASIC Realm = "x"', [['basic', { realm: 'x' }]]],
    ['Basic realm=token', [['basic', { realm: 'token' }]]],
    [String.raw`Basic realm="say \"hi\", \\ you"`, [['basic', { realm: 'say "hi", \\ you' }]]],
    ['Basic realm=""', [['basic', { realm: '' }]]],
    ['Negotiate', [['negotiate', {}]]],
    ['Negotiate YWJj==', [['negotiate', 'YWJj==']]],
    [
      'Negotiate a+/-._~b, Basic realm="x"',
      [
        ['negotiate', 'a+/-._~b'],
        ['basic', { realm: 'x' }],
      ],
    ],
    [
      'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
      [
        ['newauth', { realm: 'apps', type: '1', title: 'Login to "apps"' }],
        ['basic', { realm: 'simple' }],
      ],
    ],
    [
      'Basic realm="a" , charset="UTF-8"\t,Digest realm="b",nonce=c',
      [
        ['basic', { realm: 'a', charset: 'UTF-8' }],
        ['digest', { realm: 'b', nonce: 'c' }],
      ],
    ],
    [', ,Basic , , realm="x",,', [['basic', { realm: 'x' }]]],
    [
      'NTLM, Basic realm="x", NTLM',
      [
        ['ntlm', {}],
        ['basic', { realm: 'x' }],
        ['ntlm', {}],
      ],
    ],
    ['Basic realm="first", realm="second"', [['basic', { realm: 'first' }]]],
  ])('%s', (header, expected) => {
    expect(read(header)).toEqual(expected)
  })

  it.each<[string, [string, unknown][]]>([
    ['', []],
    ['realm="x"', []],
    ['"Basic realm=x", Basic realm="y"', [['basic', { realm: 'y' }]]],
    ['Basic realm="never ends', [['basic', {}]]],
    ['Basic realm="never ends\\', [['basic', {}]]],
    ['Basic @@@, realm="y"', [['basic', { realm: 'y' }]]],
    ['Basic realm=@"a, b", charset=c', [['basic', { charset: 'c' }]]],
    [
      'Basic realm="__proto__", __proto__="x"',
      [
        [
          'basic',
          Object.fromEntries([
            ['realm', '__proto__'],
            ['__proto__', 'x'],
          ]),
        ],
      ],
    ],
  ])('that is damaged costs only itself: %s', (header, expected) => {
    expect(read(header)).toEqual(expected)
  })

  it('is read in a time that grows with its length alone', () => {
    for (const piece of ['"', '\\"', 'a=', 'a ', ',', 'a="b', 'Basic realm="\\'])
      expect(() => parseChallenges(piece.repeat(16_000 / piece.length))).not.toThrow()
    expect(parseChallenges('Basic realm="x", '.repeat(200))).toHaveLength(32)
    expect(parseChallenges(`Basic realm="${'x'.repeat(20_000)}"`)).toEqual([])
  })

  it('can be a header of parameters alone', () => {
    expect(Object.fromEntries(parseParameters('nextnonce="abc", qop=auth, rspauth="1"'))).toEqual({
      nextnonce: 'abc',
      qop: 'auth',
      rspauth: '1',
    })
  })
})

describe('an offer', () => {
  it('is what can be answered, the strongest first', () => {
    expect(
      methods(
        'Basic realm="r", Negotiate, Digest realm="r", nonce="n", algorithm=MD5, Digest realm="r", nonce="n", algorithm=SHA-512-256, ' +
          'Digest realm="r", nonce="n", algorithm=SHA-256-sess, Digest realm="r", nonce="n", algorithm=SHA-256',
      ),
    ).toEqual(['digest:SHA-512-256', 'digest:SHA-256-sess', 'digest:SHA-256', 'digest:MD5', 'basic:'])
  })

  it.each([
    null,
    'Basic',
    'Basic charset="UTF-8"',
    'NTLM',
    'Bearer realm="r"',
    'Digest realm="r"',
    'Digest nonce="n"',
    'Digest realm="r", nonce="n", algorithm=SHA-1',
    'Digest realm="r", nonce="n", algorithm=MD5-sess-sess',
    'Digest realm="r", nonce="n", algorithm=constructor',
    'Digest realm="r", nonce="n", qop="auth-conf"',
  ])('is not: %s', (header) => {
    expect(methods(header)).toEqual([])
  })

  it('of auth-int is one only for a body that can be hashed', () => {
    const header = 'Digest realm="r", nonce="n", qop="auth-int"'
    expect(methods(header, 'text')).toEqual(['digest:'])
    expect(methods(header, new FormData())).toEqual([])
    expect(methods(header, new ReadableStream())).toEqual([])
    expect(methods(header.replace('auth-int', 'auth-int, auth'), new FormData())).toEqual(['digest:'])
  })

  it('names its realm as people read it', () => {
    const realm = String.fromCharCode(...new TextEncoder().encode('Käse'))
    const [offer] = offersOf(`Basic realm="${realm}"`, 'https://a.test:8443/x', false, null)
    expect(offer?.space).toEqual({
      host: 'a.test',
      port: 8443,
      protocol: 'https',
      realm: 'Käse',
      authenticationMethod: 'basic',
      isProxy: false,
    })
    expect(offersOf('Basic realm="caf\xe9"', 'http://a.test/', false, null)[0]?.space).toMatchObject({
      realm: 'café',
      port: 80,
    })
  })
})
