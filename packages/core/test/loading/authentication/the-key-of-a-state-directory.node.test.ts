/** The key that seals permanent credentials in Node: made once, whole, and for its owner alone. */
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { URLCredentialStorage } from '../../../src/loading/authentication/credential-storage.ts'
import { sealedCredentials } from '../../../src/loading/authentication/sealed-credentials.ts'
import { protectionSpace } from '../../../src/model/protection-space.ts'
import { credentialKey } from '../../../src/platform/node/credential-key.ts'
import { openFileRecords } from '../../../src/platform/node/file-records.ts'
import { scratch } from '../../platform-node/support/scratch.ts'

const space = protectionSpace('https://a.test/', 'here', 'basic')
const ann = { user: 'ann', password: 'secret-1', persistence: 'permanent' } as const

const open = (folder: string): URLCredentialStorage =>
  new URLCredentialStorage(async () =>
    sealedCredentials(await openFileRecords(join(folder, 'records')), await credentialKey(folder)),
  )

describe('a state directory', () => {
  test('keeps permanent credentials for the next process, and shows none of them', async () => {
    const folder = await scratch()
    await open(folder).set(ann, space)
    expect(await open(folder).defaultCredential(space)).toEqual(ann)
    const names = await readdir(join(folder, 'records'))
    expect(names).toHaveLength(1)
    const text = await readFile(join(folder, 'records', names[0] ?? ''), 'utf8')
    for (const secret of ['ann', 'secret-1', 'a.test', 'here']) expect(text).not.toContain(secret)
  })

  test('has one key, whoever comes first', async () => {
    const folder = await scratch()
    const keys = await Promise.all(Array.from({ length: 10 }, () => credentialKey(folder)))
    const iv = new Uint8Array(12)
    const sealed = await Promise.all(
      keys.map(async (key) =>
        Buffer.from(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, new Uint8Array(8))).toString('hex'),
      ),
    )
    expect(new Set(sealed).size).toBe(1)
    expect(await readdir(folder)).toEqual(['credentials.key'])
    expect(keys[0]?.extractable).toBe(false)
  })

  test.skipIf(process.platform === 'win32')(
    'has a key for its owner alone, and shuts one that was opened',
    async () => {
      const folder = await scratch()
      const mode = async (): Promise<number> => (await stat(join(folder, 'credentials.key'))).mode & 0o777
      await credentialKey(folder)
      expect(await mode()).toBe(0o600)
      await chmod(join(folder, 'credentials.key'), 0o644)
      await credentialKey(folder)
      expect(await mode()).toBe(0o600)
    },
  )

  test('with half a key makes another one', async () => {
    const folder = await scratch()
    await writeFile(join(folder, 'credentials.key'), 'short')
    await open(folder).set(ann, space)
    expect(await open(folder).get(space)).toEqual([ann])
  })

  test('that cannot be written says so', async () => {
    const file = join(await scratch(), 'file')
    await writeFile(file, '')
    await expect(open(file).set(ann, space)).rejects.toMatchObject({ code: 'cannotCreateFile' })
  })
})
