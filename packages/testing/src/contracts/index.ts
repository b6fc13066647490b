/**
 * One contract a port: give it an adapter, and run its cases with the `test` of any runner.
 *
 *     runContract(test, recordStoreContract({ open: async () => new MyRecords() }))
 */
export { type ContractCase, runContract } from './cases.ts'
export { fileStoreContract, type FileStoreHarness } from './file-store-contract.ts'
export { locksContract, type LocksHarness } from './locks-contract.ts'
export { recordStoreContract, type RecordStoreHarness } from './record-store-contract.ts'
export { socketContract, type SocketHarness } from './socket-contract.ts'
export { transportContract, type TransportHarness } from './transport-contract.ts'
