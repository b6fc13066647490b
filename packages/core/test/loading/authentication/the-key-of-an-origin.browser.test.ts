/** The key that seals permanent credentials in a browser, the lock between tabs, and the Digest scheme loaded late. */
import { describe, expect, test } from 'vitest'
import { URLCredentialStorage } from '../../../src/loading/authentication/credential-storage.ts'
import { sealedCredentials } from '../../../src/loading/authentication/sealed-credentials.ts'
import { protectionSpace } from '../../../src/model/protection-space.ts'
import { credentialKey } from '../../../src/platform/browser/credential-key.ts'
import { IDBRecords } from '../../../src/platform/browser/idb-records.ts'
import { lazyDigestScheme } from '../../../src/platform/browser/lazy-digest.ts'
import { withLock } from '../../../src/platform/browser/with-lock.ts'
import { unique } from '../../platform-browser/support/in-worker.ts'

const space = protectionSpace('https://a.test/', 'here', 'basic')
const ann = { user: 'ann', password: 'secret-1', persistence: 'permanent' } as const

describe('an origin', () => {
  test('keeps permanent credentials for the next page', async () => {
    const [records, keys] = [unique('records'), unique('keys')]
    const open = (): URLCredentialStorage =>
      new URLCredentialStorage(async () => sealedCredentials(new IDBRecords(records), await credentialKey(keys)))
    await open().set(ann, space)
    expect(await open().defaultCredential(space)).toEqual(ann)
    const [[, record] = []] = await new IDBRecords(records).entries('')
    expect(new TextDecoder('latin1').decode((record as { sealed: Uint8Array }).sealed)).not.toContain('secret-1')
  })

  test('has one key, whoever comes first, and no script reads it', async () => {
    const name = unique('keys')
    const keys = await Promise.all(Array.from({ length: 5 }, () => credentialKey(name)))
    const iv = new Uint8Array(12)
    const sealed = await Promise.all(
      keys.map(async (key) =>
        String(new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, new Uint8Array(8)))),
      ),
    )
    expect(new Set(sealed).size).toBe(1)
    expect(keys[0]?.extractable).toBe(false)
    await expect(crypto.subtle.exportKey('raw', await credentialKey(name))).rejects.toThrow()
  })
})

describe('a lock between tabs', () => {
  const inTurn = async (name: string, other: (work: () => Promise<void>) => Promise<unknown>): Promise<string[]> => {
    const seen: string[] = []
    let letGo = (): void => {}
    const first = withLock(name, async () => {
      seen.push('first begins')
      await new Promise<void>((resolve) => (letGo = resolve))
      seen.push('first ends')
    })
    const second = other(async () => void seen.push('second'))
    await withLock(`${name}-else`, async () => {})
    letGo()
    await Promise.all([first, second])
    return seen
  }

  test('is had by one at a time, here', async () => {
    const name = unique('lock')
    expect(await inTurn(name, (work) => withLock(name, work))).toEqual(['first begins', 'first ends', 'second'])
  })

  test('is had by one at a time, elsewhere', async () => {
    const name = unique('lock')
    const frame = document.createElement('iframe')
    document.body.append(frame)
    const other = frame.contentWindow
    if (!other) throw new Error('no frame')
    expect(await inTurn(name, (work) => other.navigator.locks.request(name, work))).toEqual([
      'first begins',
      'first ends',
      'second',
    ])
    frame.remove()
  })

  test('is free again after a failure, and gives what the work gave', async () => {
    const name = unique('lock')
    await expect(withLock(name, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await withLock(name, async () => 42)).toBe(42)
  })
})

test('the Digest scheme is loaded with the digests', async () => {
  const challenge = {
    scheme: 'digest',
    token68: null,
    parameters: new Map([
      ['realm', 'r'],
      ['nonce', 'n'],
    ]),
  }
  const credential = { user: 'u', password: 'p', persistence: 'none' } as const
  const session = (await lazyDigestScheme()).begin({ challenge, credential, nonce: () => 'c' })
  expect(session.authorize({ method: 'GET', uri: '/', body: new Uint8Array() })).toMatch(/^Digest username="u"/)
})
