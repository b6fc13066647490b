import { afterAll, describe, test } from 'vitest'
import { runContract, transportContract } from '../src/contracts/index.ts'
import { startOrigin } from '../src/origin/index.ts'
import { plainTransport } from './plain-transport.ts'

const origin = await startOrigin()
afterAll(() => origin.stop())

// Node's fetch takes a gzip body without its end for a whole one.
describe('a plain fetch in Node', () => {
  runContract(test, transportContract({ transport: () => plainTransport, origin: origin.url, lenientGzip: true }))
})
