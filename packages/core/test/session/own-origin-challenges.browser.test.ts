/** On the page's own origin a browser would ask its user for passwords: who has the answer is asked instead, and no dialog waits. */
import { expect, it } from 'vitest'
import { origin, unique } from '../support/session.ts'
import { onOwnOrigin } from './support/own-origin.ts'

const guarded = (): { url: string; secret: string } => {
  const secret = unique('s3cret')
  return { url: `/basic/ada/${secret}`, secret }
}

/** What the origin saw of a path: with cookies or without, with credentials or without. */
const seen = async (path: string): Promise<string[]> =>
  (await origin.journal())
    .filter(({ url }) => url === path)
    .map(
      ({ headers }) =>
        `${headers['cookie'] ? 'cookies' : 'no cookies'}, ${headers['authorization'] ? 'password' : 'nothing'}`,
    )

it('a delegate is asked about a data task’s challenge, and the task warns that cookies stayed behind', async () => {
  const { url, secret } = guarded()
  const told = await onOwnOrigin(`
    await fetch('/set-cookie?own=1')
    const asked = []
    const session = new urlsession.URLSession({}, { didReceiveChallenge: (_task, { protectionSpace }) => {
      asked.push(protectionSpace.realm)
      return { use: { user: 'ada', password: '${secret}' } }
    } })
    const task = session.dataTask('${url}').resume()
    const { response } = await task.finished
    return { status: response.status, asked, warnings: task.warnings.map(({ code }) => code) }`)
  expect(told).toEqual({ status: 200, asked: ['testing'], warnings: ['browserCredentialsLeftOut'] })
  expect(await seen(url)).toEqual(['no cookies, nothing', 'no cookies, password'])
})

it('a delegate is asked about a download’s', async () => {
  const { url, secret } = guarded()
  const told = await onOwnOrigin(`
    const session = new urlsession.URLSession({}, {
      didReceiveChallenge: () => ({ use: { user: 'ada', password: '${secret}' } }) })
    const { file, response } = await session.download('${url}')
    const text = await (await file.blob()).text()
    await session.close()
    return [response.status, JSON.parse(text)]`)
  expect(told).toEqual([200, { user: 'ada' }])
})

it('user and password of a URL are the answer', async () => {
  const { url, secret } = guarded()
  const told = await onOwnOrigin(`
    const named = base.replace('://', '://ada:${secret}@') + '${url}'
    const { response } = await new urlsession.URLSession().data(named)
    return response.status`)
  expect(told).toBe(200)
})

it('what the session’s storage has is the answer', async () => {
  const { url, secret } = guarded()
  const told = await onOwnOrigin(`
    const credentialStorage = await urlsession.openCredentialStorage()
    const { hostname, port } = location
    const space = { host: hostname, port: Number(port), protocol: 'http', isProxy: false, realm: 'testing', authenticationMethod: 'basic' }
    await credentialStorage.setDefault({ user: 'ada', password: '${secret}', persistence: 'forSession' }, space)
    const { response } = await new urlsession.URLSession({ credentialStorage }).data('${url}')
    return response.status`)
  expect(told).toBe(200)
})

it('cookies go along where nobody has an answer, and where session or request say so', async () => {
  const path = `/echo?${unique('cookies')}`
  const told = await onOwnOrigin(`
    await fetch('/set-cookie?own=1')
    const delegate = { didReceiveChallenge: () => 'default' }
    const warnings = []
    for (const [options, request, asked] of [[{}, {}, null], [{ credentials: 'same-origin' }, {}, delegate], [{}, { credentials: 'same-origin' }, delegate]]) {
      const task = new urlsession.URLSession(options, asked).dataTask({ url: '${path}', ...request }).resume()
      await task.finished
      warnings.push(...task.warnings)
    }
    return warnings`)
  expect(told).toEqual([])
  expect(await seen(path)).toEqual(Array(3).fill('cookies, nothing'))
})
