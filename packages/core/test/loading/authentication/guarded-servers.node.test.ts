/** Authentication over Node's transport. */
import { createFetchTransport } from '../../../src/platform/node/fetch-transport.ts'
import { guardedSuite } from './support/guarded-suite.ts'

guardedSuite(createFetchTransport())
