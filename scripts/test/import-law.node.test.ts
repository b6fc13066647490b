/** The import law must refuse what it is there to refuse: one line of code per rule, each a breach or its lawful twin. */
import { expect, test } from 'vitest'
import { breaches } from '../import-law.ts'

const unlawful: readonly [path: string, code: string][] = [
  ['model/a.ts', `import type { Clock } from '../ports/clock.ts'`],
  ['ports/a.ts', `import { x } from '../wire/events.ts'`],
  ['wire/a.ts', `import { x } from '../ports/clock.ts'`],
  ['wire/a.ts', `import '../ports/clock.ts'`],
  ['loading/a.ts', `import { x } from '../storage/ledger.ts'`],
  ['storage/a.ts', `import { x } from '../loading/chain.ts'`],
  ['transfers/download/a.ts', `import { x } from '../../session/task.ts'`],
  ['session/a.ts', `import { Engine } from '../transfers/engine.ts'`],
  ['session/a.ts', `export { Engine } from '../transfers/engine.ts'`],
  ['session/a.ts', `export * from '../storage/ledger.ts'`],
  ['session/a.ts', `const engine = await import('../transfers/engine.ts')`],
  ['session/a.ts', `let engine: import('../transfers/engine.ts').Engine`],
  ['session/a.ts', `import '../entries/browser.ts'`],
  ['platform/browser/a.ts', `import { x } from '../node/files.ts'`],
  ['platform/node/a.ts', `import { x } from '../../transfers/engine.ts'`],
  ['platform/browser/a.ts', `import { readFile } from 'node:fs/promises'`],
  ['storage/a.ts', `import * as z from 'zod/mini'`],
  ['model/a.ts', `import ky from 'ky'`],
  ['session/a.ts', `import { wrap } from 'comlink'`],
  ['transfers/a.ts', `import { get } from 'idb-keyval'`],
  ['entries/browser.ts', `import lodash from 'lodash'`],
]

const lawful: readonly [path: string, code: string][] = [
  ['model/a.ts', `import { x } from './b.ts'`],
  ['model/a.ts', `import { parse } from 'content-disposition'`],
  ['wire/a.ts', `import type { Clock } from '../ports/clock.ts'`],
  ['wire/a.ts', `import { type Clock } from '../ports/clock.ts'`],
  ['wire/worker-host.ts', `import { wrap } from 'comlink'`],
  ['transfers/download/a.ts', `import { x } from '../engine.ts'`],
  ['platform/browser/fetch-transport.ts', `import ky from 'ky'`],
  ['platform/browser/idb-records.ts', `import { get } from 'idb-keyval'`],
  ['platform/node/a.ts', `import { x } from '../digest/index.ts'\nimport { readFile } from 'node:fs/promises'`],
  ['entries/worker.ts', `import { Engine } from '../transfers/engine.ts'`],
  ['index.ts', `export * from './session/url-session.ts'`],
  [
    'session/a.ts',
    `// import('../transfers/engine.ts') is what a comment may say without being one: import x from 'ky'`,
  ],
]

test.each(unlawful)('%s may not say %s', (path, code) => {
  expect(breaches(path, code)).toHaveLength(1)
})

test.each(lawful)('%s may say %s', (path, code) => {
  expect(breaches(path, code)).toEqual([])
})

test('a folder without a rule is refused, so that a new one cannot slip by', () => {
  expect(() => breaches('helpers/a.ts', `import '../model/json.ts'`)).toThrow('lies in no folder')
})
