/** A session's diagnosis goes where the session's requests may go. */
import { URLSession } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { directory, inNode, makeSession, origin, rejection, serve } from '../support/session.ts'

/** The origin by a name that is not this machine's for transport security, and leads here all the same. */
const elsewhere = (url: string): string => url.replace(/\/\/[^:]+:/, '//0.0.0.0:')
const insecure = { code: 'appTransportSecurityRequiresSecureConnection' }

describe('a session’s diagnosis', () => {
  it('sends nothing to a host that its requests may not be sent to', async () => {
    const file = await serve('refused.bin', { size: 10 })
    const session = makeSession()
    expect(await rejection(session.diagnose(elsewhere(file.url)))).toMatchObject(insecure)
    expect(await file.requests()).toEqual([])
    const excepted = makeSession({ transportSecurity: { exceptions: { '0.0.0.0': { allowsInsecureHTTP: true } } } })
    await excepted.diagnose(elsewhere(file.url))
    if (inNode) expect(await file.requests()).toHaveLength(1)
  })

  it('tells of a redirect to such a host, and does not follow it where it can be seen', async () => {
    const file = await serve('refused.bin', { size: 10 })
    const moved = await serve('moved.bin', { size: 0, redirect: { to: elsewhere(file.url) } })
    const told = await makeSession().diagnose(moved.url)
    expect(told).toMatchObject({ readable: false, reachable: true })
    if (!inNode) return
    expect(told).toMatchObject({ failure: insecure.code })
    expect(await file.requests()).toEqual([])
  })

  it('does not use a network that the session may not use', async () => {
    const file = await serve('unsent.bin', { size: 10 })
    const session = makeSession({ networkAccess: { cellular: false }, networkStatus: () => ({ cellular: true }) })
    expect(await rejection(session.diagnose(file.url))).toMatchObject({
      code: 'notConnectedToInternet',
      networkUnavailableReason: 'cellular',
    })
    expect(await file.requests()).toEqual([])
  })

  it('ends with the session', async () => {
    const session = new URLSession(directory === null ? {} : { directory })
    await session.close()
    expect(await rejection(session.diagnose(origin.url))).toMatchObject({ code: 'sessionInvalid' })
  })
})
