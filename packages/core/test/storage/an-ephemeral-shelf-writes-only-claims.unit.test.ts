/** MemoryShelf: nothing of an ephemeral session reaches the disk, but the claims that keep its files from being swept. */
import { describe, expect, it } from 'vitest'
import { MemoryShelf } from '../../src/storage/memory-shelf.ts'
import { keys, OpenStore } from './support/shelves.ts'

const shelf = (disk: OpenStore): MemoryShelf => new MemoryShelf(disk, { namespace: 'default', owner: 'me' })

describe('an ephemeral shelf', () => {
  it('keeps records in memory and claims their files on disk, before the record stands', async () => {
    const disk = new OpenStore()
    const memory = shelf(disk)
    await memory.set('default/task/transfer-1-g2', { url: 'https://secret.test/' })
    await memory.set('default/session', { nextIdentifier: 5 })
    expect(await memory.get('default/task/transfer-1-g2')).toEqual({ url: 'https://secret.test/' })
    expect(await memory.entries('default/')).toHaveLength(2)
    expect([...disk.values]).toEqual([
      ['default/claim/transfer-1', { v: 1, kind: 'claim', uid: 'transfer-1', owner: 'me' }],
    ])
    disk.fail('claim')
    await expect(memory.set('default/task/transfer-2', {})).rejects.toThrow()
    expect(await memory.get('default/task/transfer-2')).toBeUndefined()
  })

  it('claims a file once, however often its record changes', async () => {
    const disk = new OpenStore()
    const memory = shelf(disk)
    for (let change = 0; change < 5; change++) await memory.set('default/task/transfer-1', { change })
    expect(disk.done).toEqual(['set default/claim/transfer-1'])
  })

  it('keeps the claim when the record goes: the file may still be there', async () => {
    const disk = new OpenStore()
    const memory = shelf(disk)
    await memory.set('default/task/transfer-1', {})
    await memory.delete('default/task/transfer-1')
    expect([await memory.get('default/task/transfer-1'), keys(disk)]).toEqual([undefined, ['default/claim/transfer-1']])
  })

  it('passes claims through, to and fro', async () => {
    const disk = new OpenStore({ 'default/claim/other-0001': { owner: 'you' } })
    const memory = shelf(disk)
    expect([await memory.get('default/claim/other-0001'), await memory.entries('default/claim/')]).toEqual([
      { owner: 'you' },
      [['default/claim/other-0001', { owner: 'you' }]],
    ])
    await memory.set('default/claim/own-00001', { owner: 'me' })
    await memory.delete('default/claim/other-0001')
    expect(keys(disk)).toEqual(['default/claim/own-00001'])
  })

  it('sees nothing of what others have stored', async () => {
    const memory = shelf(new OpenStore({ 'default/task/other-0001': { v: 1 }, 'default/session': { v: 1 } }))
    expect([await memory.get('default/session'), await memory.entries('default/task/')]).toEqual([undefined, []])
  })
})
