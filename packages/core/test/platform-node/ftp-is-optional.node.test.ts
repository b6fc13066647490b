/** ftp: where the app has not installed what loads it. */
import { expect, test, vi } from 'vitest'
import { protocolTransport } from '../../src/loading/protocols/protocol-transport.ts'
import { builtInProtocols } from '../../src/platform/node/built-in-protocols.ts'
import { unreachable, wire } from '../loading/protocols/support/exchange.ts'

vi.mock('basic-ftp', () => {
  throw new Error("Cannot find package 'basic-ftp'")
})

test('says what to install', async () => {
  const sending = protocolTransport(builtInProtocols(), unreachable).send(wire('ftp://127.0.0.1/a'))
  await expect(sending).rejects.toMatchObject({
    code: 'unsupportedURL',
    number: -1002,
    message: expect.stringContaining('npm install basic-ftp') as string,
  })
})
