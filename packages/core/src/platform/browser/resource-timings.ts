/** What a browser's Resource Timing tells of a request; only once its body has been read, and of other origins hardly anything. */
import type { TransactionTimings } from '../../model/metrics.ts'

/** An object whose fields are looked up when they are read: most are not, and looking costs more than a request may. */
export function resourceTimings(url: string): () => () => TransactionTimings {
  const asked = performance.now()
  return () => {
    const over = performance.now()
    return () => lookedUp(url, asked, over)
  }
}

function lookedUp(url: string, asked: number, over: number): TransactionTimings {
  let found: PerformanceResourceTiming | null | undefined
  // Looked for once, also in vain: a browser keeps only so many entries, and making a list of them is dear. Of several the first: those
  // after it were asked for later.
  const look = (): PerformanceResourceTiming | null =>
    (performance.getEntriesByName(url, 'resource') as PerformanceResourceTiming[]).find(
      ({ startTime }) => startTime >= asked - 1 && startTime <= over,
    ) ?? null
  const entry = (): PerformanceResourceTiming | null => (found === undefined ? (found = look()) : found)
  // 0 stands for "hidden" and for "did not happen" alike.
  const moment = (name: Moment): number | null => {
    const at = entry()?.[name] ?? 0
    return at === 0 ? null : performance.timeOrigin + at
  }
  const reused = (): boolean | null => {
    const { requestStart = 0, connectStart, connectEnd } = entry() ?? {}
    return requestStart === 0 ? null : connectStart === connectEnd
  }
  const connecting = (name: Moment): number | null => (reused() ? null : moment(name))
  return {
    get fetchStart() {
      return moment('fetchStart') ?? performance.timeOrigin + asked
    },
    get domainLookupStart() {
      return connecting('domainLookupStart')
    },
    get domainLookupEnd() {
      return connecting('domainLookupEnd')
    },
    get connectStart() {
      return connecting('connectStart')
    },
    get connectEnd() {
      return connecting('connectEnd')
    },
    get secureConnectionStart() {
      return connecting('secureConnectionStart')
    },
    get secureConnectionEnd() {
      return connecting('secureConnectionStart') === null ? null : moment('connectEnd')
    },
    get requestStart() {
      return moment('requestStart')
    },
    get responseStart() {
      return moment('responseStart')
    },
    get responseEnd() {
      return moment('responseEnd')
    },
    get reusedConnection() {
      return reused()
    },
    get protocol() {
      return entry()?.nextHopProtocol || null
    },
    get responseBodyBytes() {
      return entry()?.encodedBodySize || null
    },
    ...UNKNOWN,
  }
}

type Moment =
  | 'fetchStart'
  | 'domainLookupStart'
  | 'domainLookupEnd'
  | 'connectStart'
  | 'connectEnd'
  | 'secureConnectionStart'
  | 'requestStart'
  | 'responseStart'
  | 'responseEnd'

/** What no browser tells. */
const UNKNOWN = {
  proxyConnection: null,
  requestEnd: null,
  remoteAddress: null,
  remotePort: null,
  localAddress: null,
  localPort: null,
  tlsVersion: null,
  tlsCipher: null,
  requestHeaderBytes: null,
  requestBodyBytes: null,
  responseHeaderBytes: null,
}
