/** URLCredentialStorage: many users for a space, one default, three ways of keeping, and what is written of it. */
import { describe, expect, it, vi } from 'vitest'
import { MemoryRecords } from '../../../src/platform/browser/memory-records.ts'
import { URLCredentialStorage } from '../../../src/loading/authentication/credential-storage.ts'
import { sealedCredentials } from '../../../src/loading/authentication/sealed-credentials.ts'
import type { URLCredential } from '../../../src/model/credential.ts'
import { spaceKey, type URLProtectionSpace } from '../../../src/model/protection-space.ts'
import { credentialOf } from '../../../src/model/user-info.ts'

const space: URLProtectionSpace = {
  host: 'a.test',
  port: 443,
  protocol: 'https',
  realm: 'here',
  authenticationMethod: 'basic',
  isProxy: false,
}
const ann: URLCredential = { user: 'ann', password: 'secret-1' }
const bob: URLCredential = { user: 'bob', password: 'secret-2' }
const lasting = (credential: URLCredential): URLCredential => ({ ...credential, persistence: 'permanent' })
const users = async (storage: URLCredentialStorage, of: URLProtectionSpace = space): Promise<string[]> =>
  (await storage.get(of)).map(({ user }) => user)

const makeKey = (): Promise<CryptoKey> =>
  crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])

async function vaulted(): Promise<{ records: MemoryRecords; open: () => URLCredentialStorage; key: CryptoKey }> {
  const records = new MemoryRecords()
  const key = await makeKey()
  return { records, key, open: () => new URLCredentialStorage(async () => sealedCredentials(records, key)) }
}

describe.each(['in memory', 'in a vault'])('credentials %s', (where) => {
  const kept = (credential: URLCredential): URLCredential => (where === 'in memory' ? credential : lasting(credential))
  const make = async (): Promise<URLCredentialStorage> => (await vaulted()).open()

  it('are many for a space, and the first is its default', async () => {
    const storage = await make()
    expect(await storage.defaultCredential(space)).toBe(null)
    await storage.set(kept(bob), space)
    await storage.set(kept(ann), space)
    expect(await users(storage)).toEqual(['ann', 'bob'])
    expect(await storage.defaultCredential(space)).toMatchObject(bob)
  })

  it('become the default by being set as such, and are then kept too', async () => {
    const storage = await make()
    await storage.set(kept(ann), space)
    await storage.setDefault(kept(bob), space)
    expect(await storage.defaultCredential(space)).toMatchObject(bob)
    expect(await users(storage)).toEqual(['ann', 'bob'])
    await storage.setDefault(kept(ann), space)
    expect(await storage.defaultCredential(space)).toMatchObject(ann)
  })

  it('are replaced by the next of the same user, which stays the default', async () => {
    const storage = await make()
    await storage.set(kept(ann), space)
    await storage.set(kept(bob), space)
    await storage.set(kept({ ...ann, password: 'new' }), space)
    expect(await storage.get(space)).toMatchObject([{ password: 'new' }, bob])
    expect(await storage.defaultCredential(space)).toMatchObject({ user: 'ann', password: 'new' })
  })

  it('go, and with the default goes the default, and with the last the space', async () => {
    const storage = await make()
    await storage.set(kept(ann), space)
    await storage.set(kept(bob), space)
    await storage.remove(ann, space)
    expect(await storage.defaultCredential(space)).toBe(null)
    expect(await users(storage)).toEqual(['bob'])
    await storage.remove(bob, space)
    expect(await storage.all()).toEqual([])
  })

  it('tell of each change, and of nothing else', async () => {
    const storage = await make()
    const changed = vi.fn<() => void>()
    const stop = storage.subscribe(changed)
    const changes = async (work: Promise<void>): Promise<number> => {
      changed.mockClear()
      await work
      return changed.mock.calls.length
    }
    expect(await changes(storage.set(kept(ann), space))).toBe(1)
    expect(await changes(storage.set(kept(ann), space))).toBe(0)
    expect(await changes(storage.setDefault(kept(ann), space))).toBe(0)
    expect(await changes(storage.set({ ...bob, persistence: 'none' }, space))).toBe(0)
    expect(await changes(storage.set(kept({ ...ann, password: 'new' }), space))).toBe(1)
    expect(await changes(storage.remove(bob, space))).toBe(0)
    expect(await changes(storage.remove(ann, space))).toBe(1)
    stop()
    expect(await changes(storage.set(kept(ann), space))).toBe(0)
  })

  it('are told apart by everything a space is', async () => {
    const storage = await make()
    const others: URLProtectionSpace[] = [
      { ...space, host: 'b.test' },
      { ...space, port: 444 },
      { ...space, protocol: 'http' },
      { ...space, realm: 'there' },
      { ...space, realm: null },
      { ...space, authenticationMethod: 'digest' },
      { ...space, isProxy: true },
    ]
    await storage.set(kept(ann), space)
    for (const other of others) expect(await users(storage, other)).toEqual([])
    for (const other of others) await storage.set(kept(bob), other)
    expect(await storage.all()).toHaveLength(8)
    expect(await users(storage, { ...space, host: 'A.TEST', authenticationMethod: 'Basic' })).toEqual(['ann'])
    await storage.clear()
    expect(await storage.all()).toEqual([])
  })

  it('that are set at the same time are all kept, and the first is the default', async () => {
    const storage = await make()
    const many = Array.from({ length: 10 }, (_, index) => kept({ user: `user-${index}`, password: 'x' }))
    await Promise.all(many.map((one) => storage.set(one, space)))
    expect(await users(storage)).toHaveLength(10)
    expect(await storage.defaultCredential(space)).toMatchObject({ user: 'user-0' })
  })
})

describe('a credential', () => {
  it('that is for no time is not kept', async () => {
    const { records, open } = await vaulted()
    const storage = open()
    await storage.set({ ...ann, persistence: 'none' }, space)
    expect([await storage.get(space), await records.entries('')]).toEqual([[], []])
  })

  it('for the session is written nowhere and gone with the storage', async () => {
    const { records, open } = await vaulted()
    const storage = open()
    await storage.set(ann, space)
    expect(await storage.get(space)).toEqual([{ ...ann, persistence: 'forSession' }])
    expect(await records.entries('')).toEqual([])
    expect(await open().get(space)).toEqual([])
  })

  it('for good is found by the next storage, with its default', async () => {
    const { open } = await vaulted()
    await open().set(lasting(ann), space)
    await open().setDefault(lasting(bob), space)
    const storage = open()
    expect(await storage.get(space)).toEqual([lasting(ann), lasting(bob)])
    expect(await storage.defaultCredential(space)).toEqual(lasting(bob))
    expect(await storage.all()).toMatchObject([{ space, defaultCredential: bob }])
  })

  it('for good is seen by another tab at once', async () => {
    const { open } = await vaulted()
    const [one, other] = [open(), open()]
    expect(await other.get(space)).toEqual([])
    await one.set(lasting(ann), space)
    expect(await users(other)).toEqual(['ann'])
    await other.remove(ann, space)
    expect(await users(one)).toEqual([])
  })

  it('for good is written so that nobody can read whose it is or where', async () => {
    const { records, open } = await vaulted()
    await open().set(lasting(ann), space)
    const [[name, record] = ['', null]] = await records.entries('')
    const { iv, sealed } = record as { iv: Uint8Array; sealed: Uint8Array }
    const everything = `${name} ${String.fromCharCode(...iv, ...sealed)} ${Object.keys(record as object).join()}`
    for (const secret of [ann.user, ann.password, space.host, 'here']) expect(everything).not.toContain(secret)
  })

  it('for good is lost with its key, exchanged for no other, and hurts nobody', async () => {
    const { records, key, open } = await vaulted()
    await open().set(lasting(ann), space)
    await open().set(lasting(bob), space)
    const other = new URLCredentialStorage(async () => sealedCredentials(records, await makeKey()))
    expect(await other.get(space)).toEqual([])
    const [[annsName], [bobsName, bobs]] = (await records.entries('')) as [[string, unknown], [string, unknown]]
    await records.set(annsName, bobs)
    expect(await new URLCredentialStorage(async () => sealedCredentials(records, key)).get(space)).toHaveLength(1)
    await records.set(bobsName, { version: 2, what: 'ever' })
    await records.set(annsName, 'damaged')
    expect(await open().get(space)).toEqual([])
    await other.clear()
    expect(await records.entries('')).toEqual([])
  })

  it('for good that is now for the session is no longer written', async () => {
    const { records, open } = await vaulted()
    const storage = open()
    await storage.set(lasting(ann), space)
    await storage.set(ann, space)
    expect(await records.entries('')).toEqual([])
    expect(await storage.defaultCredential(space)).toEqual({ ...ann, persistence: 'forSession' })
  })

  it('for good where nothing can be kept is kept in memory, and that is said', async () => {
    const storage = new URLCredentialStorage(async () => {
      throw new Error('no WebCrypto')
    })
    await expect(storage.set(lasting(ann), space)).rejects.toThrow('no WebCrypto')
    expect(await storage.defaultCredential(space)).toEqual(lasting(ann))
    const ephemeral = new URLCredentialStorage()
    await ephemeral.set(lasting(ann), space)
    expect(await ephemeral.defaultCredential(space)).toEqual(lasting(ann))
  })

  it.each<[unknown, unknown, RegExp]>([
    [null, space, /^credential: was no object/],
    [{ user: 'u' }, space, /^credential: "password"/],
    [{ user: 1, password: 'p' }, space, /^credential: "user"/],
    [{ user: 'u', password: 'hush', persistence: 'ever' }, space, /^credential: "persistence"/],
    [ann, { ...space, host: '' }, /^protection space: "host"/],
    [ann, { ...space, port: 0 }, /^protection space: "port"/],
    [ann, { ...space, protocol: 'gopher' }, /^protection space: "protocol"/],
    [ann, { ...space, realm: undefined }, /^protection space: "realm"/],
    [ann, { ...space, isProxy: undefined }, /^protection space: "isProxy"/],
    [ann, { ...space, authenticationMethod: '' }, /^protection space: "authenticationMethod"/],
  ])('that is none is refused in words', async (credential, where, words) => {
    const storage = new URLCredentialStorage()
    const refused = storage.set(credential as URLCredential, where as URLProtectionSpace)
    await expect(refused).rejects.toThrow(words)
    await expect(refused).rejects.not.toThrow(/hush/)
  })

  it('is read out of a URL', () => {
    expect(credentialOf(new URL('https://me:p%40ss@a.test/'))).toEqual({
      user: 'me',
      password: 'p@ss',
      persistence: 'forSession',
    })
    expect(credentialOf(new URL('https://me@a.test/'))).toMatchObject({ user: 'me', password: '' })
    expect(credentialOf(new URL('https://100%25:%@a.test/'))).toMatchObject({ user: '100%', password: '%' })
    expect(credentialOf(new URL('https://a.test/'))).toBe(null)
  })

  it('has a space that is one text', () => {
    expect(spaceKey(space)).toBe(spaceKey({ ...space, host: 'A.test' }))
  })
})
