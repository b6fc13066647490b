/** What an inbox does with messages while a delegate has not been told of the connection that they came over. */
import { describe, expect, it } from 'vitest'
import { Inbox, type InboxRules } from '../../../src/loading/sockets/inbox.ts'

const pauses: boolean[] = []
const make = (rules: Partial<InboxRules> = {}): Inbox =>
  new Inbox({ limit: 4, bytes: 1000, whenFull: 'close', ...rules }, (on) => pauses.push(on))
const values = async (taken: ReturnType<Inbox['take']>[]): Promise<unknown[]> =>
  (await Promise.all(taken)).map(({ value }) => value)

describe('an inbox that is held', () => {
  it('gives nothing of what comes, to nobody, until it is released', async () => {
    const inbox = make()
    const given: unknown[] = []
    const waiting = inbox.take().then(({ value }) => given.push(value))
    inbox.hold()
    inbox.add('a')
    inbox.add('b')
    const late = inbox.take()
    await Promise.resolve()
    expect(given).toEqual([])
    inbox.release()
    await waiting
    expect([given, await values([late])]).toEqual([['a'], ['b']])
    inbox.add('c')
    expect(await values([inbox.take()])).toEqual(['c'])
  })

  it('still gives what was there before, and no more of it for being held twice', async () => {
    const inbox = make()
    inbox.add('old')
    inbox.add('older ones go first')
    inbox.hold()
    inbox.add('new')
    inbox.hold()
    const taken = [inbox.take(), inbox.take(), inbox.take()]
    expect(await values(taken.slice(0, 2))).toEqual(['old', 'older ones go first'])
    inbox.release()
    expect(await values(taken.slice(2))).toEqual(['new'])
  })

  it.each([
    ['close', [true, true, false], ['a', 'b', 'c'], 0],
    ['drop-oldest', [true, true, true], ['b', 'c'], 1],
  ] as const)('is as full as any other: %s', async (whenFull, added, kept, dropped) => {
    const inbox = make({ limit: 2, whenFull })
    inbox.hold()
    expect(['a', 'b', 'c'].map((message) => inbox.add(message))).toEqual(added)
    inbox.release()
    expect(await values(kept.map(() => inbox.take()))).toEqual(kept)
    expect(inbox.dropped).toBe(dropped)
  })

  it('goes on reading when those who waited have taken what filled it', async () => {
    const inbox = make({ limit: 2, whenFull: 'wait' })
    const waiting = [inbox.take(), inbox.take(), inbox.take()]
    inbox.hold()
    for (const message of ['a', 'b', 'c']) inbox.add(message)
    expect(pauses.splice(0)).toEqual([true])
    inbox.release()
    expect(pauses.splice(0)).toEqual([false])
    expect(await values(waiting)).toEqual(['a', 'b', 'c'])
  })

  it('gives what it has to those who wait when nothing more will come, and then says why', async () => {
    const inbox = make()
    const waiting = [inbox.take(), inbox.take()]
    inbox.hold()
    inbox.add('a')
    inbox.end(new Error('over'))
    expect(await values(waiting.slice(0, 1))).toEqual(['a'])
    await expect(waiting[1]).rejects.toThrow('over')
    await expect(inbox.take()).rejects.toThrow('over')
  })
})
