/** data: through the chain: what a task sees of it. */
import { expect, it } from 'vitest'
import { dataProtocol } from '../../../src/loading/protocols/data-protocol.ts'
import { protocolTransport } from '../../../src/loading/protocols/protocol-transport.ts'
import { URLResponse } from '../../../src/model/response.ts'
import { suggestedFilename } from '../../../src/model/suggested-filename.ts'
import { ask, unreachable, wire } from './support/exchange.ts'

const transport = protocolTransport([dataProtocol], unreachable)
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

it.each([
  ['data:,123', '123', 'text/plain', null, 3],
  ['data:;charset=utf-8,gr%C3%BCn', 'grün', 'text/plain', 'utf-8', 5],
  ['data:text/html;charset=ISO-8859-1,%3Cp%3E', '<p>', 'text/html', 'iso-8859-1', 3],
  ['data:;charset=utf-8;charset=utf-16;rest,abc', 'abc', 'text/plain', 'utf-8', 3],
])('%s has its type, charset and length', async (url, body, mimeType, charset, length) => {
  const { status, statusText, headers, bytes } = await ask(transport, url)
  const filename = suggestedFilename(headers.get('content-disposition'), url)
  const response = new URLResponse({ url, status, statusText, headers: [...headers], filename })
  expect([response.status, response.mimeType, response.textEncodingName, response.expectedContentLength]).toEqual([
    200,
    mimeType,
    charset,
    length,
  ])
  expect(text(bytes)).toBe(body)
})

it('is given in part', async () => {
  const whole = await ask(transport, 'data:,0123456789')
  const part = await ask(transport, 'data:,0123456789', {
    range: 'bytes=4-',
    'if-range': whole.headers.get('etag') ?? '',
  })
  expect([part.status, part.headers.get('content-range'), text(part.bytes)]).toEqual([206, 'bytes 4-9/10', '456789'])
})

it('that is none has no answer', async () => {
  await expect(transport.send(wire('data:nothing'))).rejects.toMatchObject({ code: 'badURL', number: -1000 })
})

it('is called Unknown as a file, whatever stands in it', () => {
  for (const url of ['data:,a/b', 'data:text/html,x']) expect(suggestedFilename(null, url)).toBe('Unknown')
})
