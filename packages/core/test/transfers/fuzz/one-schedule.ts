/**
 * One seed, one story: a server on bad days, a user with a restless hand, a process that dies. In the end there are the bytes of
 * exactly one version of the file, or an error that says what was wrong; anything else is thrown.
 */
import { FakeDisk } from '../../../../testing/src/fakes/fake-disk.ts'
import { SeededChance } from '../../../../testing/src/fakes/fixed-chance.ts'
import { startOrigin } from '../../../../testing/src/origin/index.ts'
import { contentAt } from '../../../../testing/src/origin/content.ts'
import type { Integrity } from '../../../src/model/integrity.ts'
import { createFetchTransport } from '../../../src/platform/node/fetch-transport.ts'
import type { ErrorRecord } from '../../../src/model/url-error.ts'
import { integrityOf } from '../support/integrity.ts'
import { badDay, habits } from './bad-days.ts'
import { Device, type Outcome } from './device.ts'

const SIZES = [0, 1, 1000, 65_536, 200_000, 600_000, 600_000, 1_500_000]
/** Errors that may be the last word when a digest was asked for and the file changed. */
const FINAL = new Set(['fileIntegrityMismatch'])

interface Version {
  readonly seed: number
  readonly size: number
}

export async function runSchedule(seed: number, log: (line: string) => void = () => {}): Promise<string> {
  const chance = new SeededChance(seed)
  await using origin = await startOrigin()
  const size = chance.pick(SIZES)
  const withDigest = chance.next() < 0.3
  const versions: Version[] = [{ seed: chance.between(1, 12), size }]
  const usual = habits(chance, size)
  const file = origin.file('f.bin', { ...versions[0], size, ...usual })
  const integrity = withDigest ? (await integrityOf(contentAt(versions[0]?.seed ?? 1, 0, size))).integrity : null
  let bad = chance.between(0, 10)
  const often = chance.pick([0.4, 0.7, 0.95])
  file.decide(({ headers }) => {
    if (bad === 0 || chance.next() > often) return null
    bad -= 1
    const behaviour = badDay(chance, file.size, withDigest)
    log(`answers ${headers['range'] ?? 'the whole'} with ${JSON.stringify(behaviour)}`)
    return behaviour
  })
  const device = new Device({
    url: file.url,
    integrity,
    chance,
    disk: new FakeDisk(),
    transport: createFetchTransport(),
    log,
  })

  const change = (): void => {
    const keepValidators = withDigest && chance.next() < 0.3
    const next = { seed: chance.between(13, 30), size: chance.next() < 0.5 ? file.size : chance.pick(SIZES) }
    file.change({ ...next, keepValidators })
    versions.push(next)
    log(`the file changes to ${JSON.stringify({ ...next, keepValidators })}`)
  }
  const steps: readonly (() => Promise<void> | void)[] = [
    () => device.suspend(),
    () => device.resume(),
    () => device.resume(),
    () => device.flush(),
    () => device.die(),
    () => device.die(),
    () => device.die(),
    () => device.close(),
    () => device.pauseWithResumeData(),
    () => device.quota(chance.pick([0.2, 0.5, 0.9]) * size),
    () => device.quota(Infinity),
    () => (chance.next() < 0.2 ? device.evict() : undefined),
    () => device.network(),
    () => change(),
    () => origin.dropAllConnections(),
    () => origin.dropAllConnections(),
    () => origin.dropAllConnections(),
    async () => {
      log('the origin restarts')
      await origin.restart()
    },
    () => origin.releaseStalls(chance.pick(['continue', 'reset', 'cut'] as const)),
  ]
  await device.open()
  await device.start()
  for (let step = chance.between(1, 14); step > 0; step--) {
    await device.moment()
    await chance.pick(steps)()
  }
  log('everything is well from now on')
  file.behaveWell()
  origin.releaseStalls('reset')
  device.quota(Infinity)
  const outcome = await ending(device, versions, integrity)
  await device.leaveClean(outcome)
  return outcome
}

/** Tries until it has the file, or an error that trying again cannot mend. */
async function ending(device: Device, versions: readonly Version[], integrity: Integrity | null): Promise<string> {
  for (let attempt = 0; attempt < 12; attempt++) {
    const outcome = await device.outcome()
    if (outcome.type === 'failed') {
      typed(outcome.error)
      if (FINAL.has(outcome.error.code) && integrity && versions.length > 1) return outcome.error.code
      await device.startAgain(outcome)
      continue
    }
    if (outcome.status >= 300) {
      if (!new TextDecoder().decode(outcome.bytes).startsWith(`${outcome.status} `))
        throw new Error(`a ${outcome.status} with another body`)
      await device.startAgain(outcome)
      continue
    }
    whole(outcome, versions, integrity)
    return 'finished'
  }
  throw new Error('it never came to an end, though everything was well')
}

function whole(
  { bytes }: Extract<Outcome, { type: 'finished' }>,
  versions: readonly Version[],
  integrity: Integrity | null,
): void {
  const allowed = integrity ? versions.slice(0, 1) : versions
  const same = allowed.some(
    ({ seed, size }) => bytes.length === size && Buffer.compare(bytes, contentAt(seed, 0, size)) === 0,
  )
  if (!same) throw new Error(`A WRONG FILE: ${bytes.length} bytes that are none of ${JSON.stringify(allowed)}`)
}

function typed({ code, message }: ErrorRecord): void {
  if (code === 'unknown' || !message.includes(`[${code}]`))
    throw new Error(`an error without a type: ${code}: ${message}`)
}
