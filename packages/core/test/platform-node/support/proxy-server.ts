/** Owns: an HTTP or HTTPS proxy in this process, that tells who asked it for what. */
import { Server } from 'proxy-chain'
import { onTestFinished } from 'vitest'
import { server as identity } from './authority.ts'

export interface ProxyServer {
  readonly port: number
  /** `user:password@host:port`, in order; CONNECT as such. */
  readonly asked: string[]
  /** Connections that are open to it. */
  open(): number
}

/** @param user Whom it wants, or null for everybody; `only` names one beside the others. */
export async function proxyServer({ user = null as string | null, secure = false } = {}): Promise<ProxyServer> {
  const asked: string[] = []
  const common = {
    host: '127.0.0.1',
    port: 0,
    prepareRequestFunction: (given: {
      username: string
      password: string
      hostname: string
      port: number
      isHttp: boolean
    }) => {
      const who = `${given.username}:${given.password}`
      asked.push(`${given.isHttp ? '' : 'CONNECT '}${who === ':' ? '' : `${who}@`}${given.hostname}:${given.port}`)
      return { requestAuthentication: user !== null && who !== user, failMsg: 'the proxy wants to know who asks' }
    },
  }
  const proxy = new Server(
    secure ? { ...common, serverType: 'https', httpsOptions: { key: identity.key, cert: identity.cert } } : common,
  )
  await proxy.listen()
  onTestFinished(() => proxy.close(true))
  return { port: proxy.port, asked, open: () => proxy.getConnectionIds().length }
}
