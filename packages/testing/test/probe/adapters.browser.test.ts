import { describe, test } from 'vitest'
import { fileStoreContract, runContract } from '../../src/contracts/index.ts'
import { IndexedDBFiles } from '../../../core/src/platform/browser/indexeddb-files.ts'
let n = 0
const names = new WeakMap<object, string>()
const open = async (name = `probe${Math.random()}-${++n}`) => { const s = new IndexedDBFiles('ns', { blobs: true, database: name }); names.set(s, name); return s }
describe('idb files', () => runContract(test, fileStoreContract({ open: () => open(), reopen: async (s) => open(names.get(s)) })))
