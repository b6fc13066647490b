/** What is asked of a task that shares its socket, before anything is sent. */
import { SessionConfiguration, type URLSession } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { inNode, makeSession, origin, rejection, unique } from '../support/session.ts'

const background = (): URLSession => makeSession(SessionConfiguration.background(unique('rules')))

describe('the option shared', () => {
  it('needs reconnect: a hand-over to another tab is a loss', () => {
    const session = background()
    for (const reconnect of [undefined, false])
      expect(() =>
        session.webSocketTask(origin.socket(), { shared: 'it', ...(reconnect === false && { reconnect }) }),
      ).toThrow(new TypeError('webSocketTask options: "shared" needs "reconnect" and a background session'))
  })

  it('needs a background session, whose identifier says which tabs share it', () => {
    expect(() => makeSession().webSocketTask(origin.socket(), { shared: 'it', reconnect: true })).toThrow(TypeError)
  })

  it('is a name', () => {
    const session = background()
    for (const shared of [true, '', 7])
      expect(() => session.webSocketTask(origin.socket(), { shared: shared as string, reconnect: true })).toThrow(
        /option "shared" was .*; allowed is a text of 1 to 512 characters/,
      )
  })

  it.runIf(inNode)('is refused where there are no tabs, before anything is sent', async () => {
    const name = unique('refused')
    const session = background()
    expect(session.capabilities.sharedSockets).toBe(false)
    const make = (): unknown => session.webSocketTask(origin.socket({}, name), { shared: 'it', reconnect: true })
    const error = await rejection(Promise.resolve().then(make))
    expect(error).toMatchObject({ code: 'unsupportedByPlatform', message: expect.stringContaining('no tabs') })
    expect(await origin.journal({ url: name })).toEqual([])
  })

  it.skipIf(inNode)('is refused in a page without locks, before anything is sent', async () => {
    const name = unique('refused')
    Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })
    try {
      const session = background()
      const make = (): unknown => session.webSocketTask(origin.socket({}, name), { shared: 'it', reconnect: true })
      const error = await rejection(Promise.resolve().then(make))
      expect(error).toMatchObject({ code: 'unsupportedByPlatform', message: expect.stringContaining('Web Locks') })
      expect(await origin.journal({ url: name })).toEqual([])
    } finally {
      Reflect.deleteProperty(navigator, 'locks')
    }
  })

  it('opens the way into a background session for nothing else', () => {
    const make = (): unknown => background().webSocketTask(origin.socket())
    expect(make).toThrow('unsupportedByPlatform')
  })
})
