/** What failed, in the words of the error table. */
import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { createFetchTransport } from '../../src/platform/node/fetch-transport.ts'
import { networkError } from '../../src/platform/node/network-errors.ts'
import { rawServer } from './support/raw-server.ts'
import { readAll, wire } from './support/wire.ts'

const failed = (code: string): Error => Object.assign(new Error(`something ${code}`), { code })
const url = 'https://host.example/path'

describe('each code has its name', () => {
  test.each([
    ['ENOTFOUND', 'connect', 'cannotFindHost', true],
    ['EAI_AGAIN', 'connect', 'dnsLookupFailed', true],
    ['ECONNREFUSED', 'connect', 'cannotConnectToHost', true],
    ['ETIMEDOUT', 'connect', 'cannotConnectToHost', true],
    ['ETIMEDOUT', 'body', 'networkConnectionLost', true],
    ['ENETUNREACH', 'connect', 'notConnectedToInternet', true],
    ['EHOSTUNREACH', 'connect', 'notConnectedToInternet', true],
    ['ENETDOWN', 'connect', 'notConnectedToInternet', true],
    ['ECONNRESET', 'response', 'networkConnectionLost', true],
    ['EPIPE', 'response', 'networkConnectionLost', true],
    ['CERT_HAS_EXPIRED', 'connect', 'serverCertificateHasBadDate', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'connect', 'serverCertificateUntrusted', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'connect', 'serverCertificateUntrusted', false],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'connect', 'serverCertificateHasUnknownRoot', false],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'connect', 'serverCertificateHasUnknownRoot', false],
    ['CERT_NOT_YET_VALID', 'connect', 'serverCertificateNotYetValid', false],
    ['CERT_REVOKED', 'connect', 'serverCertificateUntrusted', false],
    ['INVALID_PURPOSE', 'connect', 'serverCertificateUntrusted', false],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'response', 'clientCertificateRequired', false],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'response', 'clientCertificateRejected', false],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'connect', 'clientCertificateRejected', false],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'connect', 'secureConnectionFailed', false],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'connect', 'secureConnectionFailed', false],
    ['ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 'body', 'networkConnectionLost', true],
    ['HPE_INVALID_CONSTANT', 'response', 'cannotParseResponse', true],
    ['ERR_INVALID_CHAR', 'setup', 'unknown', false],
  ] as const)('%s while in %s', (code, phase, expected, retryable) => {
    const cause = failed(code)
    const error = networkError(cause, { url, phase, bytesTransferred: 7 })
    expect(error).toMatchObject({ code: expected, retryable, phase, url, cause, bytesTransferred: 7 })
    expect(error.message).toContain(code)
  })

  test('also in what an error wraps, and in the errors of every address that was tried', () => {
    const all = new AggregateError([failed('ECONNREFUSED'), failed('ENETUNREACH')], 'none worked')
    expect(networkError(all, { url, phase: 'connect' })).toMatchObject({ code: 'cannotConnectToHost', cause: all })
    const wrapped = new Error('outside', { cause: new Error('between', { cause: failed('ENOTFOUND') }) })
    expect(networkError(wrapped, { url, phase: 'connect' }).code).toBe('cannotFindHost')
  })

  test('one that has a name already keeps it', () => {
    const named = networkError(failed('ENOTFOUND'), { url, phase: 'connect' })
    expect(networkError(named, { url: 'http://other/', phase: 'body' })).toBe(named)
  })
})

describe('for real', () => {
  const sending = (to: string): Promise<unknown> =>
    createFetchTransport()
      .send(wire(to))
      .then(({ body }) => readAll(body))

  test('nobody listens', async () => {
    await expect(sending('http://127.0.0.1:2/')).rejects.toMatchObject({
      code: 'cannotConnectToHost',
      phase: 'connect',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  test('a host that is not there', async () => {
    await expect(sending('http://nobody.invalid/')).rejects.toMatchObject({
      code: expect.stringMatching(/^(cannotFindHost|dnsLookupFailed)$/),
      phase: 'connect',
      retryable: true,
    })
  })

  test.each([
    ['no status line', 'HTTP/one point one okay\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx'],
    [
      'a length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
    ],
    ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nx'],
    ['a chunk that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nnot a size\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(400_000)}\r\n\r\n`],
    ['another protocol', '\u0015\u0003\u0001\u0000\u0002\u0002\u0028'],
  ])('%s', async (_what, answer) => {
    const server = await rawServer((socket) => socket.write(answer, 'latin1'))
    await expect(sending(server.url)).rejects.toMatchObject({
      code: 'cannotParseResponse',
      url: `${server.url}/`,
      message: expect.stringContaining('HPE_'),
    })
    await server.quiet()
  })

  test('a failure leaves nobody listening on the signal', async () => {
    const { signal } = new AbortController()
    await expect(createFetchTransport().send(wire('http://127.0.0.1:2/', { signal }))).rejects.toBeInstanceOf(Error)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})
