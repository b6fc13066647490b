/** TLS on real servers: whom it trusts, how it proves itself, which keys it insists on, and what a failure is called. */
import { spawn } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { authority, client, early, expired, lockedClientKey, other, server } from './support/authority.ts'
import { certificate, certificateKey } from './support/certificate.ts'
import { textBy, transportBy } from './support/network.ts'
import { scratch } from './support/scratch.ts'
import { tlsServer } from './support/tls-server.ts'
import { wire } from './support/wire.ts'

const keyOf = (pem: string): string =>
  `sha256-${createHash('sha256')
    .update(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')}`

describe('authorities', () => {
  test('one that is given is trusted, as text or as bytes, alone or among others', async () => {
    const { url } = await tlsServer(server)
    for (const ca of [
      authority,
      new TextEncoder().encode(authority),
      [certificate, authority],
      certificate + authority,
    ])
      expect(await textBy(transportBy({ tls: { ca } }), url)).toBe('nobody')
  })

  test('one session trusts it, another does not', async () => {
    const { url } = await tlsServer(server)
    const [trusting, strict] = [transportBy({ tls: { ca: authority } }), transportBy({})]
    expect(await textBy(trusting, url)).toBe('nobody')
    await expect(strict.send(wire(url))).rejects.toMatchObject({ number: -1203 })
  })

  test.each([
    ['expired', expired, 'serverCertificateHasBadDate', -1201, /CERT_HAS_EXPIRED/],
    ['not valid yet', early, 'serverCertificateNotYetValid', -1204, /clock/],
    ["another host's", other, 'serverCertificateUntrusted', -1202, /ALTNAME_INVALID/],
    ["its own root's", { cert: certificate, key: certificateKey }, 'serverCertificateUntrusted', -1202, /tls\.ca/],
  ] as const)('a certificate that is %s', async (_what, identity, code, number, says) => {
    const { url } = await tlsServer(identity)
    await expect(transportBy({ tls: { ca: authority } }).send(wire(url))).rejects.toMatchObject({
      code,
      number,
      retryable: false,
      phase: 'connect',
      url: `${url}/`,
      message: expect.stringMatching(says),
    })
  })

  test('an authority nobody knows, also where it is sent along', async () => {
    for (const cert of [server.cert, server.cert + authority]) {
      const { url } = await tlsServer({ cert, key: server.key })
      await expect(transportBy({}).send(wire(url))).rejects.toMatchObject({
        code: 'serverCertificateHasUnknownRoot',
        message: expect.stringContaining('tls.ca'),
      })
    }
  })
})

describe('versions', () => {
  test('an older TLS than the oldest allowed is refused, in words', async () => {
    const { url } = await tlsServer({ ...server, maxVersion: 'TLSv1.2' })
    expect(await textBy(transportBy({ tls: { ca: authority, minVersion: 'TLSv1.2' } }), url)).toBe('nobody')
    await expect(transportBy({ tls: { ca: authority, minVersion: 'TLSv1.3' } }).send(wire(url))).rejects.toMatchObject({
      code: 'secureConnectionFailed',
      number: -1200,
      message: expect.stringMatching(/protocol version/i),
    })
  })
})

describe('client certificates', () => {
  const asking = { ...server, ca: authority, requestCert: true, rejectUnauthorized: false }

  test('the server sees who it is, also with a key that is locked', async () => {
    const { url } = await tlsServer(asking)
    expect(await textBy(transportBy({ tls: { ca: authority, ...client } }), url)).toBe('urlsession test client')
    const locked = { cert: client.cert, key: lockedClientKey, passphrase: 'opensesame' }
    expect(await textBy(transportBy({ tls: { ca: authority, ...locked } }), url)).toBe('urlsession test client')
  })

  test('connections of one client are not used by another', async () => {
    const { url } = await tlsServer(asking)
    const [known, unknown] = [
      transportBy({ tls: { ca: authority, ...client } }),
      transportBy({ tls: { ca: authority } }),
    ]
    expect(await textBy(known, url)).toBe('urlsession test client')
    expect(await textBy(unknown, url)).toBe('nobody')
  })

  test.each([
    ['a wrong passphrase', { cert: client.cert, key: lockedClientKey, passphrase: 'guessed-secret' }],
    ['a key of another certificate', { cert: client.cert, key: server.key }],
    ['no PEM inside', { cert: '-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n', key: client.key }],
  ])('%s is told before anything is sent, and tells no secret', async (_what, tls) => {
    const { url, handshakes } = await tlsServer(asking)
    const failure: unknown = await transportBy({ tls: { ca: authority, ...tls } })
      .send(wire(url))
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'secureConnectionFailed', phase: 'setup', url: `${url}/` })
    expect((failure as Error).message).toContain('tls.cert')
    expect(JSON.stringify((failure as { toRecord(): unknown }).toRecord())).not.toContain('guessed-secret')
    expect(handshakes()).toBe(0)
  })

  /** OpenSSL's own server says why it refuses, where Node's only closes the connection. */
  async function strictServer(): Promise<string | null> {
    const folder = await scratch()
    await Promise.all([
      writeFile(join(folder, 'ca.pem'), authority),
      writeFile(join(folder, 'cert.pem'), server.cert),
      writeFile(join(folder, 'key.pem'), server.key),
    ])
    const options = ['-accept', '127.0.0.1:0', '-cert', 'cert.pem', '-key', 'key.pem', '-CAfile', 'ca.pem']
    const program = spawn('openssl', ['s_server', ...options, '-Verify', '1', '-verify_return_error', '-www'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    onTestFinished(() => void program.kill())
    return await new Promise((resolve) => {
      program.once('error', () => resolve(null))
      let text = ''
      program.stdout.on('data', (chunk) => {
        text += String(chunk)
        const port = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(text)?.[1]
        if (port !== undefined) resolve(`https://127.0.0.1:${port}`)
      })
      program.once('exit', () => resolve(null))
    })
  }

  test('a server that insists on one says so; one it does not trust is refused', async ({ skip }) => {
    const url = await strictServer()
    if (url === null) return skip('there is no openssl program whose s_server could be asked')
    await expect(transportBy({ tls: { ca: authority } }).send(wire(url))).rejects.toMatchObject({
      code: 'clientCertificateRequired',
      number: -1206,
      retryable: false,
      message: expect.stringContaining('tls.cert'),
    })
    await expect(
      transportBy({ tls: { ca: authority, cert: certificate, key: certificateKey } }).send(wire(url)),
    ).rejects.toMatchObject({ code: 'clientCertificateRejected', number: -1205 })
    expect(await textBy(transportBy({ tls: { ca: authority, ...client } }), url)).toContain('s_server')
  })
})

describe('pinned keys', () => {
  const pinning = (keys: string[], domain = 'localhost', includesSubdomains = false): ReturnType<typeof transportBy> =>
    transportBy({ tls: { ca: authority, pinned: { [domain]: { keys, includesSubdomains } } } })

  const named = async (): Promise<string> => (await tlsServer(server)).url.replace('127.0.0.1', 'localhost')

  test("the server's own key, its authority's, or one of several is enough", async () => {
    const url = await named()
    const strange = keyOf(client.cert)
    for (const keys of [[keyOf(server.cert)], [keyOf(authority)], [strange, keyOf(server.cert)]])
      expect(await textBy(pinning(keys), url)).toBe('nobody')
  })

  test('another key is refused, and the message names the one that is there', async () => {
    await expect(pinning([keyOf(client.cert)]).send(wire(await named()))).rejects.toMatchObject({
      code: 'serverCertificateUntrusted',
      retryable: false,
      message: expect.stringContaining(keyOf(server.cert)),
    })
  })

  test('a pin forbids; it does not make a bad certificate good', async () => {
    const { url } = await tlsServer({ cert: certificate, key: certificateKey })
    await expect(pinning([keyOf(certificate)], '127.0.0.1').send(wire(url))).rejects.toMatchObject({
      code: 'serverCertificateUntrusted',
      message: expect.stringContaining('SELF_SIGNED'),
    })
  })

  test('a certificate that only stands beside the chain vouches for nothing', async () => {
    const { url } = await tlsServer({ cert: server.cert + authority + certificate, key: server.key })
    await expect(pinning([keyOf(certificate)], '127.0.0.1').send(wire(url))).rejects.toMatchObject({
      code: 'serverCertificateUntrusted',
    })
  })

  test('other hosts are left alone; names below only where they are meant', async () => {
    const url = await named()
    const wrong = [keyOf(client.cert)]
    expect(await textBy(pinning(wrong, 'example.com'), url)).toBe('nobody')
    expect(await textBy(pinning(wrong, 'host'), url)).toBe('nobody')
    const { url: below } = await tlsServer(other)
    const headers = new Headers({ Host: 'other.test' })
    await expect(pinning(wrong, 'test', true).send(wire(below, { headers }))).rejects.toMatchObject({
      code: 'serverCertificateUntrusted',
    })
    expect(await textBy(pinning(wrong, 'test', false), below, { headers })).toBe('nobody')
  })

  test('each connection is checked anew', async () => {
    const { url, handshakes } = await tlsServer({ ...server, maxVersion: 'TLSv1.2' })
    const wrong = pinning([keyOf(client.cert)], '127.0.0.1')
    for (let turn = 0; turn < 3; turn++)
      await expect(wrong.send(wire(url))).rejects.toMatchObject({ code: 'serverCertificateUntrusted' })
    expect(handshakes()).toBe(3)
  })
})

test('a server that hangs up in the handshake is a lost connection, and may be tried again', async () => {
  const { createServer } = await import('node:net')
  const closing = createServer((socket) => socket.on('error', () => undefined).once('data', () => socket.destroy()))
  closing.listen(0, '127.0.0.1')
  await once(closing, 'listening')
  onTestFinished(() => void closing.close())
  const { port } = closing.address() as { port: number }
  await expect(transportBy({}).send(wire(`https://127.0.0.1:${port}/`))).rejects.toMatchObject({
    code: 'networkConnectionLost',
    retryable: true,
  })
})
