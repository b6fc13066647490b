/** A server that is not installed costs its own tests and nothing else. */
import { expect, onTestFinished, test } from 'vitest'
import { startHttpbin } from '../../packages/core/test/support/servers/httpbin.ts'
import { RealServers } from '../../packages/core/test/support/servers/index.ts'
import { startNginx } from '../../packages/core/test/support/servers/nginx.ts'
import { startWebsockets } from '../../packages/core/test/support/servers/websockets.ts'

test('what is not installed is told in words that say what to install', async () => {
  const missing = await Promise.all([
    startHttpbin(['/nowhere/python3']),
    // Runs, but is no Python that has httpbin.
    startHttpbin(['/bin/false']),
    startWebsockets(['/nowhere/python3', '/bin/false']),
    startNginx(null),
    // Is there, but does not start.
    startNginx('/bin/false'),
  ])
  expect(missing.map(({ url, whyNot }) => [url, whyNot])).toEqual([
    ['', expect.stringContaining('apt-get install python3-httpbin gunicorn')],
    ['', expect.stringContaining('apt-get install python3-httpbin gunicorn')],
    ['', expect.stringContaining('apt-get install python3-websockets')],
    ['', expect.stringContaining('apt-get install nginx')],
    ['', expect.stringContaining('does not start')],
  ])
  await Promise.all(missing.map((server) => server.stop()))
})

test('a server is started once, when it is asked for, and is gone at the end', async () => {
  const servers = new RealServers()
  onTestFinished(() => servers.stop())
  const [first, second] = await Promise.all([servers.facts('http2'), servers.facts('http2')])
  expect(second).toEqual(first)
  expect(first).toMatchObject({ whyNot: null, url: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/) })
  await servers.stop()
  await expect(fetch(first.url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
})

test('a name that no server has is a mistake', async () => {
  await expect(new RealServers().facts('constructor')).rejects.toThrow("no server 'constructor'; there are httpbin")
})
