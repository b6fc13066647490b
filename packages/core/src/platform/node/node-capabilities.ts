/** Owns: what Node can do and why not, known before any engine runs. */
import { capabilitiesFrom, type Capabilities } from '../../model/capabilities.ts'

/** @param fileStore Why files are where they are; without it, what Node promises. */
export const capabilitiesOf = (fileStore: string): Capabilities =>
  capabilitiesFrom({
    redirects: ['each-hop', 'node:http follows no redirect by itself'],
    cookies: [
      'session',
      'with the option cookies a session keeps its own, by the package tough-cookie; else only those are sent that you set as a header',
    ],
    uploadProgress: ['bytes', 'what the connection has taken, of uploads and of the bodies of data tasks'],
    requestStreams: [true, 'a request body is sent as it is read, over HTTP/1.1'],
    backgroundFetch: [
      false,
      'nothing goes on without the process; transfers go on when a session with that identifier is made again',
    ],
    pingFrames: [true, 'task.ping() and heartbeats without a message send them'],
    socketHeaders: [true, 'as with any request'],
    socketPauses: [true, 'a full inbox is not read into, unless inbox.whenFull says otherwise'],
    sharedSockets: [false, 'a process has no tabs'],
    proxy: [true, 'the option proxy names one, or has HTTP_PROXY and the like read'],
    rawSockets: [false, 'there are no stream tasks; node:net has sockets'],
    fileStore: ['disk', fileStore],
    engine: ['inline', 'Node does the work of disk and network off the main thread anyway'],
    survivesRestart: [true, 'records and files are in the state directory'],
  })

export const nodeCapabilities: Capabilities = capabilitiesOf('files are written below the state directory')
