/** Messages over a WebSocket in a Node process of its own: `sockets-child.ts <job as JSON>`. */
import { WebSocket as Ws } from 'ws'
import { sockets, type SocketJob } from '../page/sockets.ts'

const job = JSON.parse(process.argv[2] ?? '') as SocketJob
const ws = (url: string): WebSocket => new Ws(url, { perMessageDeflate: false }) as unknown as WebSocket

// What is compiled and loaded with the first is not to be measured.
await sockets({ ...job, count: Math.ceil(job.count / 10) }, { ws })
process.send?.({ elapsed: await sockets(job, { ws }) })
process.disconnect?.()
