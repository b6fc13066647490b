/** Every complaint names the option, what was given, and what is allowed. */
import { describe, expect, it } from 'vitest'
import { SessionConfiguration } from '../../src/model/configuration.ts'
import { checkDownloadOptions } from '../../src/model/download-options.ts'

type Row = readonly [options: unknown, name: string, given: string, allowed: string]
const year = 'a number of milliseconds above 0, at most a year'
const cyclic: { self?: unknown } = {}
cyclic.self = cyclic

const task: readonly Row[] = [
  [{ delegate: 'me' }, 'delegate', '"me" (string)', 'an object with delegate methods'],
  [{ signal: {} }, 'signal', 'an object', 'an AbortSignal'],
  [{ priority: 1.5 }, 'priority', '1.5 (number)', 'a number from 0 to 1'],
  [{ priority: -0.1 }, 'priority', '-0.1 (number)', 'a number from 0 to 1'],
  [{ priority: Number.NaN }, 'priority', 'NaN (number)', 'a number from 0 to 1'],
  [{ priority: '0.5' }, 'priority', '"0.5" (string)', 'a number from 0 to 1'],
  [{ description: 5 }, 'description', '5 (number)', 'a text of 0 to 4096 characters'],
  [{ description: 'x'.repeat(4097) }, 'description', `"${'x'.repeat(57)}…" (string)`, 'a text of 0 to 4096 characters'],
  [{ earliestBeginDate: 'tomorrow' }, 'earliestBeginDate', '"tomorrow" (string)', 'a valid Date'],
  [{ earliestBeginDate: new Date('never') }, 'earliestBeginDate', 'an object', 'a valid Date'],
  [{ key: '' }, 'key', '"" (string)', 'a text of 1 to 512 characters'],
  [{ key: null }, 'key', 'null (object)', 'a text of 1 to 512 characters'],
  [{ metadata: () => 1 }, 'metadata', 'a function', 'plain JSON data of at most 64 KiB'],
  [{ metadata: new Date(0) }, 'metadata', 'an object', 'plain JSON data of at most 64 KiB'],
  [{ metadata: { a: undefined } }, 'metadata', 'an object', 'plain JSON data of at most 64 KiB'],
  [{ metadata: [Number.NaN] }, 'metadata', 'an array', 'plain JSON data of at most 64 KiB'],
  [{ metadata: 1n }, 'metadata', '1 (bigint)', 'plain JSON data of at most 64 KiB'],
  [{ metadata: cyclic }, 'metadata', 'an object', 'plain JSON data of at most 64 KiB'],
  [{ metadata: 'x'.repeat(65_536) }, 'metadata', `"${'x'.repeat(57)}…" (string)`, 'plain JSON data of at most 64 KiB'],
  [{ integrity: 5 }, 'integrity', '5 (number)', 'a text of 1 to 4096 characters'],
  [
    { integrity: 'sha256-x' },
    'integrity',
    '"sha256-x"',
    'sha256-, sha384- or sha512- with the base64 of that many bits',
  ],
  [{ connections: 0 }, 'connections', '0 (number)', '"auto" or a whole number from 1 to 16'],
  [{ connections: 17 }, 'connections', '17 (number)', '"auto" or a whole number from 1 to 16'],
  [{ connections: 'many' }, 'connections', '"many" (string)', '"auto" or a whole number from 1 to 16'],
  [{ maximumSize: -1 }, 'maximumSize', '-1 (number)', 'a whole number of bytes from 0 to 9007199254740991'],
  [{ maximumSize: 1.5 }, 'maximumSize', '1.5 (number)', 'a whole number of bytes from 0 to 9007199254740991'],
  [{ maximumSize: Infinity }, 'maximumSize', 'Infinity (number)', 'a whole number of bytes from 0 to 9007199254740991'],
  [{ destination: '' }, 'destination', '"" (string)', 'a path (Node) or a file handle from showSaveFilePicker()'],
  [
    { destination: 'a\0b' },
    'destination',
    '"a\0b" (string)',
    'a path (Node) or a file handle from showSaveFilePicker()',
  ],
  [{ destination: {} }, 'destination', 'an object', 'a path (Node) or a file handle from showSaveFilePicker()'],
]

const session: readonly Row[] = [
  [{ headers: 5 }, 'headers', '5 (number)', 'what `new Headers()` takes'],
  [{ headers: { 'bad name': 'x' } }, 'headers', 'an object', 'what `new Headers()` takes'],
  [{ timeout: 60 }, 'timeout', '60 (number)', '{ request, resource } in milliseconds'],
  [{ timeout: { request: 0 } }, 'timeout.request', '0 (number)', year],
  [{ timeout: { request: -5 } }, 'timeout.request', '-5 (number)', year],
  [{ timeout: { resource: Infinity } }, 'timeout.resource', 'Infinity (number)', year],
  [{ timeout: { resource: 31_536_000_001 } }, 'timeout.resource', '31536000001 (number)', year],
  [{ networkAccess: true }, 'networkAccess', 'true (boolean)', '{ cellular, expensive, constrained }'],
  [{ networkAccess: { cellular: 'no' } }, 'networkAccess.cellular', '"no" (string)', 'true or false'],
  [
    { networkStatus: {} },
    'networkStatus',
    'an object',
    'a function that returns { cellular?, expensive?, constrained? }',
  ],
  [{ discretionary: 1 }, 'discretionary', '1 (number)', 'true or false'],
  [{ waitsForConnectivity: 'yes' }, 'waitsForConnectivity', '"yes" (string)', 'true or false'],
  [{ connectionsPerHost: 0 }, 'connectionsPerHost', '0 (number)', 'a whole number of connections from 1 to 64'],
  [{ connectionsPerHost: 2.5 }, 'connectionsPerHost', '2.5 (number)', 'a whole number of connections from 1 to 64'],
  [{ credentials: 'all' }, 'credentials', '"all" (string)', 'one of "omit", "same-origin", "include"'],
  [{ redirect: 'error' }, 'redirect', '"error" (string)', 'one of "follow", "refuse", "same-origin"'],
  [{ retry: 3 }, 'retry', '3 (number)', '{ attempts, baseDelay, maximumDelay }'],
  [{ retry: { attempts: 0 } }, 'retry.attempts', '0 (number)', 'a whole number of attempts from 1 to 1000'],
  [{ retry: { baseDelay: '1s' } }, 'retry.baseDelay', '"1s" (string)', year],
  [{ transportSecurity: true }, 'transportSecurity', 'true (boolean)', '{ allowsArbitraryLoads, exceptions }'],
  [
    { transportSecurity: { allowsArbitraryLoads: 1 } },
    'transportSecurity.allowsArbitraryLoads',
    '1 (number)',
    'true or false',
  ],
  [
    { transportSecurity: { exceptions: { 'https://a.test': {} } } },
    'transportSecurity.exceptions',
    'an object',
    'an object of lower-case domains',
  ],
  [
    { transportSecurity: { exceptions: { 'a.test': { allow: true } } } },
    'transportSecurity.exceptions',
    'an object',
    'an object of lower-case domains',
  ],
  [{ priority: 2 }, 'priority', '2 (number)', 'a number from 0 to 1'],
  [{ engine: { placement: 'cloud' } }, 'engine.placement', '"cloud" (string)', 'one of "auto", "worker", "inline"'],
  [{ engine: { workerURL: 5 } }, 'engine.workerURL', '5 (number)', 'a URL'],
  [{ engine: { createWorker: {} } }, 'engine.createWorker', 'an object', 'a function that returns a Worker'],
  [{ directory: '' }, 'directory', '"" (string)', 'a text of 1 to 4096 characters'],
]

const check = (call: () => unknown, where: string, [, name, given, allowed]: Row): void => {
  expect(call).toThrow(TypeError)
  expect(call).toThrow(`${where}: option "${name}" was ${given}; allowed is ${allowed}`)
}

describe('a task’s option', () => {
  it.each(task)('%o', (...row) => check(() => checkDownloadOptions(row[0]), 'downloadTask options', row))

  it('that is unknown is named, with those that there are', () => {
    expect(() => checkDownloadOptions({ prority: 1 })).toThrow(
      'downloadTask options: unknown option "prority"; known are connections, delegate, description, destination, earliestBeginDate, integrity, key, maximumSize, metadata, priority, signal',
    )
  })

  it.each([5, 'x', [], true])('%j is no options at all', (given) => {
    expect(() => checkDownloadOptions(given)).toThrow(/^downloadTask options: the value was .*; allowed is /)
  })
})

describe('a session’s option', () => {
  it.each(session)('%o', (...row) =>
    check(() => SessionConfiguration.default(row[0] as never), 'SessionConfiguration', row),
  )

  it('that is unknown is named where it stands, with those that there are', () => {
    expect(() => SessionConfiguration.default({ timeout: { requst: 1 } } as never)).toThrow(
      'SessionConfiguration: unknown option "timeout.requst"; known are request, resource',
    )
    expect(() => SessionConfiguration.ephemeral({ cokies: true } as never)).toThrow(
      /unknown option "cokies"; known are adapters, .*, credentials/,
    )
  })
})

describe('good options', () => {
  it('are taken as they are, their data copied', () => {
    const metadata = { list: [1, 'two', null, { three: true }] }
    const checked = checkDownloadOptions({
      priority: 0,
      key: 'k',
      metadata,
      maximumSize: 0,
      connections: 'auto',
      delegate: null,
    })
    expect(checked).toEqual({ priority: 0, key: 'k', metadata, maximumSize: 0, connections: 'auto', delegate: null })
    expect(checked.metadata).not.toBe(metadata)
    expect(checkDownloadOptions(undefined)).toEqual({})
  })

  it('may be undefined, which is the same as left out', () => {
    expect(checkDownloadOptions({ priority: undefined, integrity: undefined })).toEqual({
      priority: undefined,
      integrity: undefined,
    })
  })
})
