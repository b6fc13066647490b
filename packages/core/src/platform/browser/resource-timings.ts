/** What a browser's Resource Timing tells of a request; only once its body has been read, and of other origins hardly anything. */
import type { TransactionTimings } from '../../model/metrics.ts'

/** An object whose fields are looked up when they are read, which is once, at the end. */
export function resourceTimings(url: string): TransactionTimings {
  const asked = performance.now()
  let found: PerformanceResourceTiming | null | undefined
  // Looked for once, also in vain: a browser keeps only so many entries, and making a list of them is dear.
  const look = (): PerformanceResourceTiming | null =>
    (performance.getEntriesByName(url, 'resource') as PerformanceResourceTiming[]).findLast(
      ({ startTime }) => startTime >= asked - 1,
    ) ?? null
  const entry = (): PerformanceResourceTiming | null => (found === undefined ? (found = look()) : found)
  // 0 stands for "hidden" and for "did not happen" alike.
  const moment = (name: Moment): number | null => {
    const at = entry()?.[name] ?? 0
    return at === 0 ? null : performance.timeOrigin + at
  }
  const hidden = (): boolean => (entry()?.requestStart ?? 0) === 0
  const reused = (): boolean => !hidden() && entry()?.connectStart === entry()?.connectEnd
  const connecting = (name: Moment): number | null => (reused() ? null : moment(name))
  const timings = {} as TransactionTimings
  const field = (name: keyof TransactionTimings, get: () => unknown): void =>
    void Object.defineProperty(timings, name, { get, enumerable: true })
  field('fetchStart', () => moment('fetchStart') ?? performance.timeOrigin + asked)
  for (const name of ['domainLookupStart', 'domainLookupEnd', 'connectStart', 'connectEnd'] as const)
    field(name, () => connecting(name))
  field('secureConnectionStart', () => connecting('secureConnectionStart'))
  field('secureConnectionEnd', () => (connecting('secureConnectionStart') === null ? null : moment('connectEnd')))
  for (const name of ['requestStart', 'responseStart', 'responseEnd'] as const) field(name, () => moment(name))
  field('reusedConnection', reused)
  field('proxyConnection', () => false)
  field('protocol', () => entry()?.nextHopProtocol || null)
  field('responseBodyBytes', () => entry()?.encodedBodySize || null)
  for (const name of UNKNOWN) field(name, () => null)
  return timings
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
const UNKNOWN = [
  'requestEnd',
  'remoteAddress',
  'remotePort',
  'localAddress',
  'localPort',
  'tlsVersion',
  'tlsCipher',
  'requestHeaderBytes',
  'requestBodyBytes',
  'responseHeaderBytes',
] as const
