/** A bad option fails at the call: a TypeError that names it, what was given and what is allowed. Nothing happens. */
import { SessionConfiguration, URLSession, type DownloadOptions } from 'urlsession'
import { describe, expect, it } from 'vitest'
import { directory, makeSession, node, rejection, serve, unique } from '../support/session.ts'

const DAYS = 86_400_000

/** What is given, and what the message must say: the option, what it was, what is allowed. */
const configurations: [given: unknown, message: RegExp][] = [
  [{ colour: 'red' }, /unknown option "colour"; known are .*connectionsPerHost.*timeout/],
  [{ timeout: { requests: 5 } }, /unknown option "timeout\.requests"; known are request, resource/],
  [{ timeout: 5 }, /option "timeout" was 5 \(number\); allowed is \{ request, resource \}/],
  [{ timeout: { request: 0 } }, /"timeout\.request" was 0 \(number\); allowed is a number of milliseconds above 0/],
  [{ timeout: { request: -1 } }, /"timeout\.request" was -1/],
  [{ timeout: { request: '5s' } }, /"timeout\.request" was "5s" \(string\)/],
  [{ timeout: { request: Number.NaN } }, /"timeout\.request" was NaN/],
  [{ timeout: { resource: 366 * DAYS } }, /"timeout\.resource" was 31622400000.*at most a year/],
  [{ timeout: { resource: Number.POSITIVE_INFINITY } }, /"timeout\.resource" was Infinity/],
  [{ waitsForConnectivity: 'yes' }, /"waitsForConnectivity" was "yes" \(string\); allowed is true or false/],
  [{ connectionsPerHost: 0 }, /"connectionsPerHost" was 0.*whole number of connections from 1 to 64/],
  [{ connectionsPerHost: 2.5 }, /"connectionsPerHost" was 2\.5/],
  [{ connectionsPerHost: 65 }, /"connectionsPerHost" was 65/],
  [{ credentials: 'always' }, /"credentials" was "always".*"omit", "same-origin", "include"/],
  [{ redirect: 'manual' }, /"redirect" was "manual".*"follow", "refuse", "same-origin"/],
  [{ retry: { attempts: 0 } }, /"retry\.attempts" was 0.*from 1 to 1000/],
  [{ retry: { tries: 1 } }, /unknown option "retry\.tries"; known are attempts, baseDelay, maximumDelay/],
  [{ retry: { baseDelay: -5 } }, /"retry\.baseDelay" was -5/],
  [{ priority: 1.5 }, /"priority" was 1\.5.*a number from 0 to 1/],
  [{ priority: null }, /"priority" was null/],
  [{ headers: { 'bad name': 'x' } }, /"headers" was an object.*new Headers\(\)/],
  [{ headers: { ok: 'line\nbreak' } }, /"headers" was an object/],
  [{ headers: 'x: y' }, /"headers" was "x: y"/],
  [{ engine: { placement: 'moon' } }, /"engine\.placement" was "moon".*"auto", "worker", "inline"/],
  [{ engine: { createWorker: 'worker.js' } }, /"engine\.createWorker" was "worker\.js".*a function/],
  [{ engine: { workerURL: 7 } }, /"engine\.workerURL" was 7.*a URL/],
  [{ directory: '' }, /"directory" was "" \(string\).*1 to 4096 characters/],
  [{ transportSecurity: { allowsArbitraryLoads: 1 } }, /"transportSecurity\.allowsArbitraryLoads" was 1/],
  [
    { transportSecurity: { exceptions: { 'HTTP://X': {} } } },
    /"transportSecurity\.exceptions" was an object.*lower-case domains/,
  ],
  [{ transportSecurity: { exceptions: { 'x.com': { insecure: true } } } }, /"transportSecurity\.exceptions"/],
  ['fast', /the value was "fast" \(string\)/],
  [[], /the value was an array/],
]

const tasks: [given: unknown, message: RegExp][] = [
  [{ colour: 'red' }, /^downloadTask options: unknown option "colour"; known are .*integrity.*key/],
  [{ priority: 2 }, /"priority" was 2 \(number\); allowed is a number from 0 to 1/],
  [{ priority: '1' }, /"priority" was "1" \(string\)/],
  [{ description: 7 }, /"description" was 7.*0 to 4096 characters/],
  [{ description: 'x'.repeat(4097) }, /"description" was "x+…" \(string\)/],
  [{ key: '' }, /"key" was "".*1 to 512 characters/],
  [{ key: 'x'.repeat(513) }, /"key" was/],
  [{ earliestBeginDate: 'tomorrow' }, /"earliestBeginDate" was "tomorrow".*a valid Date/],
  [{ earliestBeginDate: new Date(Number.NaN) }, /"earliestBeginDate" was an object.*a valid Date/],
  [{ metadata: { when: new Date(0) } }, /"metadata" was an object.*plain JSON data of at most 64 KiB/],
  [{ metadata: () => 1 }, /"metadata" was a function/],
  [{ metadata: Number.NaN }, /"metadata" was NaN/],
  [{ metadata: { gone: undefined } }, /"metadata"/],
  [{ metadata: 'x'.repeat(65_537) }, /"metadata" was "x+…"/],
  [{ signal: {} }, /"signal" was an object.*an AbortSignal/],
  [{ delegate: 'me' }, /"delegate" was "me".*an object with delegate methods/],
  [{ integrity: '' }, /"integrity" was ""/],
  [{ integrity: 'md5-abc' }, /"integrity" was "md5-abc".*sha256-, sha384- or sha512-/],
  [{ integrity: 'sha256-tooshort' }, /"integrity" was "sha256-tooshort"/],
  [{ integrity: `sha256-${'A'.repeat(43)}= sha512-bad` }, /"integrity" was "sha512-bad"/],
  [{ connections: 0 }, /"connections" was 0.*"auto" or a whole number from 1 to 16/],
  [{ connections: 'many' }, /"connections" was "many"/],
  [{ maximumSize: -1 }, /"maximumSize" was -1.*a whole number of bytes from 0/],
  [{ maximumSize: 1.5 }, /"maximumSize" was 1\.5/],
  [{ destination: '' }, /"destination" was "".*a path \(Node\) or a file handle/],
  [{ destination: 'a\0b' }, /"destination"/],
  [{ destination: {} }, /"destination" was an object/],
  [7, /the value was 7 \(number\)/],
]

describe('a bad configuration', () => {
  it.each(configurations)('%j is refused', (given, message) => {
    for (const make of [
      () => SessionConfiguration.default(given as never),
      () => SessionConfiguration.ephemeral(given as never),
      () => SessionConfiguration.background('bad', given as never),
      () => new URLSession(given as never),
    ]) {
      expect(make).toThrow(TypeError)
      expect(make).toThrow(message)
    }
  })

  it('is refused when a good one is copied with it', () => {
    const configuration = SessionConfiguration.default()
    expect(() => configuration.copy({ priority: 3 })).toThrow(/"priority" was 3/)
    expect(() => configuration.copy({ colour: 1 } as never)).toThrow(/unknown option "colour"/)
  })

  it.each(['', 'x'.repeat(151), 7, null, undefined, {}])('cannot be a background session named %j', (identifier) => {
    const make = (): unknown => SessionConfiguration.background(identifier as never)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(
      /SessionConfiguration\.background: the identifier was .*allowed is a text of 1 to 150 characters/,
    )
  })

  it.each(['me', 7, () => 1])('cannot have %j for a delegate', (delegate) => {
    expect(() => new URLSession(undefined, delegate as never)).toThrow(/the delegate was \w+; allowed is an object/)
  })
})

describe('a bad option of a task', () => {
  it.each(tasks)('%j is refused, and nothing is asked for or written', async (given, message) => {
    const file = await serve('refused.bin', { size: 10 })
    const untouched = `${directory ?? ''}/${unique('untouched')}`
    const session = makeSession({ directory: untouched })
    const make = (): unknown => session.downloadTask(file.url, given as DownloadOptions)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
    const error = await rejection(session.download(file.url, given as DownloadOptions))
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toMatch(message)
    expect(await session.tasks()).toEqual([])
    await session.close()
    expect(await file.requests()).toEqual([])
    if (node) expect(node('node:fs').existsSync(untouched)).toBe(false)
  })

  it('leaves the session as it was: the next task is the first', async () => {
    const { url } = await serve('first.bin', { size: 10 })
    const session = makeSession()
    expect(() => session.downloadTask(url, { priority: 9 })).toThrow(TypeError)
    expect(session.downloadTask(url).identifier).toBe(1)
  })
})
