/** Digests against published vectors, in WebAssembly and in JavaScript, put down and taken up at odd places. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createDigest } from '../../src/platform/digest/index.ts'
import { nobleDigest } from '../../src/platform/digest/noble-digest.ts'
import type { Digest, DigestAlgorithm } from '../../src/ports/digest.ts'

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const text = (string: string): Uint8Array => new TextEncoder().encode(string)

/** FIPS 180-4's examples (NIST, "Cryptographic Standards and Guidelines: Example Values"), and RFC 6234's long one. */
const twoBlocks = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'
const fourBlocks =
  'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu'
const vectors: [DigestAlgorithm, message: string, hex: string][] = [
  ['sha256', '', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['sha256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['sha256', twoBlocks, '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
  ['sha256', 'a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ['sha384', 'abc', 'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7'],
  [
    'sha384',
    fourBlocks,
    '09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039',
  ],
  [
    'sha384',
    'a'.repeat(1_000_000),
    '9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985',
  ],
  [
    'sha512',
    'abc',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  [
    'sha512',
    fourBlocks,
    '8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909',
  ],
  [
    'sha512',
    'a'.repeat(1_000_000),
    'e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b',
  ],
]

const makers: Record<string, (algorithm: DigestAlgorithm) => Promise<Digest>> = {
  WebAssembly: (algorithm) => createDigest(algorithm),
  JavaScript: async (algorithm) => nobleDigest(algorithm),
}

describe.each(Object.keys(makers))('in %s', (kind) => {
  const make = makers[kind] as (algorithm: DigestAlgorithm) => Promise<Digest>

  test.each(vectors)('$0, message $#', async (algorithm, message, expected) => {
    const bytes = text(message)
    const whole = await make(algorithm)
    whole.update(bytes)
    expect(hex(whole.finish())).toBe(expected)
    const piecewise = await make(algorithm)
    for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 3) % 7919)
      piecewise.update(bytes.subarray(at, at + size))
    expect(hex(piecewise.finish())).toBe(expected)
  })

  test('two at once do not meet', async () => {
    const [one, other] = await Promise.all([make('sha256'), make('sha256')])
    one.update(text('a'))
    other.update(text('ab'))
    one.update(text('bc'))
    other.update(text('c'))
    expect(hex(one.finish())).toBe(vectors[1]?.[2])
    expect(hex(other.finish())).toBe(vectors[1]?.[2])
  })
})

test.each(['sha256', 'sha384', 'sha512'] as const)('%s is put down and taken up at odd offsets', async (algorithm) => {
  const bytes = text('The quick brown fox jumps over the lazy dog. '.repeat(800))
  const oracle = nobleDigest(algorithm)
  oracle.update(bytes)
  const expected = hex(oracle.finish())
  for (const offset of [
    0,
    1,
    55,
    63,
    64,
    65,
    111,
    127,
    128,
    129,
    16_383,
    16_384,
    16_385,
    bytes.length - 1,
    bytes.length,
  ]) {
    const before = await createDigest(algorithm)
    before.update(bytes.subarray(0, offset))
    const state = before.save()
    expect(state).not.toBe(null)
    // The one that was saved goes on undisturbed, and the state is a copy.
    before.update(bytes.subarray(offset))
    expect(hex(before.finish())).toBe(expected)
    const after = await createDigest(algorithm, structuredClone(state) as Uint8Array)
    after.update(bytes.subarray(offset))
    expect(hex(after.finish())).toBe(expected)
  }
})

test('a state that is damaged, or of another algorithm, is refused', async () => {
  const state = (await createDigest('sha256')).save() as Uint8Array
  await expect(createDigest('sha512', state)).rejects.toMatchObject({ code: 'recordUnreadable' })
  await expect(createDigest('sha256', state.subarray(1))).rejects.toMatchObject({ code: 'recordUnreadable' })
})

describe('where WebAssembly may not run', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.resetModules()
  })

  test.each(['refused by a policy', 'missing'])('%s: JavaScript takes over, which saves no state', async (how) => {
    vi.resetModules()
    if (how === 'missing') vi.stubGlobal('WebAssembly', undefined)
    else {
      const refusal = new WebAssembly.CompileError('refused by the test')
      vi.spyOn(WebAssembly, 'compile').mockRejectedValue(refusal)
      // The library may have compiled it before, in this process.
      vi.spyOn(WebAssembly, 'instantiate').mockRejectedValue(refusal)
    }
    try {
      const fresh = await import('../../src/platform/digest/index.ts')
      for (const [algorithm, message, expected] of vectors.filter(([, one]) => one === 'abc')) {
        const digest = await fresh.createDigest(algorithm)
        digest.update(text(message))
        expect(digest.save()).toBe(null)
        expect(hex(digest.finish())).toBe(expected)
      }
      await expect(fresh.createDigest('sha256', new Uint8Array(120))).rejects.toMatchObject({
        code: 'recordUnreadable',
      })
    } finally {
      vi.unstubAllGlobals()
    }
  })
})
