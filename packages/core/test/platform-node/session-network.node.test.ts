/** Sessions in Node that chose a network: data tasks and downloads of one session go the same way with the same cookies. */
import { SessionConfiguration, URLSession, type ConfigurationOptions } from 'urlsession'
import { expect, onTestFinished, test } from 'vitest'
import { authority, server } from './support/authority.ts'
import { proxyServer } from './support/proxy-server.ts'
import { ok, rawServer, type RawServer } from './support/raw-server.ts'
import { scratch } from './support/scratch.ts'
import { tlsServer } from './support/tls-server.ts'

async function sessionOf(kind: 'default' | 'ephemeral', options: ConfigurationOptions): Promise<URLSession> {
  const session = new URLSession(SessionConfiguration[kind]({ directory: await scratch(), ...options }))
  onTestFinished(() => session.close())
  return session
}

/** Sets a cookie, and tells what it was sent. */
const shop = (): Promise<RawServer> =>
  rawServer((socket, request) =>
    socket.write(ok(/^cookie: (.*)\r$/im.exec(request)?.[1] ?? 'none', 'Set-Cookie: a=1; Max-Age=60\r\n')),
  )

const loaded = async (session: URLSession, url: string): Promise<string> =>
  new TextDecoder().decode((await session.data(url)).data)
const downloaded = async (session: URLSession, url: string): Promise<string> => {
  const { file } = await session.download(url)
  return (await file.blob()).text()
}

test('a cookie that a data task was given goes with the next download, and the next ephemeral session has none', async () => {
  const { url } = await shop()
  const insecure = { transportSecurity: { allowsArbitraryLoads: true } }
  for (const kind of ['default', 'ephemeral'] as const) {
    const session = await sessionOf(kind, { ...insecure, cookies: {} })
    expect([await loaded(session, url), await downloaded(session, url), await loaded(session, url)]).toEqual([
      'none',
      'a=1',
      'a=1',
    ])
  }
  const without = await sessionOf('default', insecure)
  expect([await loaded(without, url), await downloaded(without, url)]).toEqual(['none', 'none'])
})

test('data tasks and downloads go through the proxy and trust the authority', async () => {
  const proxy = await proxyServer({ user: 'ada:s3cret' })
  const secure = await tlsServer(server)
  const session = await sessionOf('default', {
    proxy: `http://ada:s3cret@127.0.0.1:${proxy.port}`,
    tls: { ca: authority },
  })
  expect([await loaded(session, secure.url), await downloaded(session, secure.url)]).toEqual(['nobody', 'nobody'])
  expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT ada:s3cret@127.0.0.1:${secure.port}`]))
  expect(session.capabilities.proxy).toBe(true)
})
