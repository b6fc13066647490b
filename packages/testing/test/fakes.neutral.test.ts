import { describe, expect, test } from 'vitest'
import { fileStoreContract, locksContract, recordStoreContract, runContract } from '../src/contracts/index.ts'
import {
  FakeClock,
  FakeDisk,
  FixedChance,
  LockDomain,
  type LockParty,
  ManualConnectivity,
  SeededChance,
  everyDeath,
  fakePlatform,
  serveContent,
  settle,
  sha256Digest,
} from '../src/fakes/index.ts'
import type { FileStore, RecordStore } from '../src/fakes/ports.ts'
import { contentAt } from '../src/origin/content.ts'

describe('the fake stores keep the contracts', () => {
  const disks = new Map<object, FakeDisk>()
  const on = <Store extends object>(disk: FakeDisk, store: Store): Store => {
    disks.set(store, disk)
    return store
  }
  const diskOf = (store: object): FakeDisk => disks.get(store) as FakeDisk
  for (const writesAtOnce of [false, true]) {
    describe(`files, ${writesAtOnce ? 'at once' : 'by promise'}`, () => {
      const open = (disk: FakeDisk): FileStore => on(disk, disk.process({ writesAtOnce }).files)
      const cases = fileStoreContract({
        open: async () => open(new FakeDisk()),
        reopen: async (store) => open(diskOf(store).copy()),
        full: async (quota) => open(new FakeDisk({ quota })),
      })
      runContract(test, cases)
    })
  }
  describe('records', () => {
    const open = (disk: FakeDisk): RecordStore => on(disk, disk.process().records)
    runContract(
      test,
      recordStoreContract({ open: async () => open(new FakeDisk()), reopen: async (store) => open(diskOf(store)) }),
    )
  })
  describe('locks', () => {
    const domain = new LockDomain()
    runContract(
      test,
      locksContract({
        parties: async () => [domain.party(), domain.party()],
        die: async (party) => (party as LockParty).die(),
      }),
    )
  })
})

describe('the clock', () => {
  test('runs timers in order of their moment, with what follows from each before the next', async () => {
    const clock = new FakeClock(1000)
    const seen: string[] = []
    clock.after(30, () => seen.push(`c ${clock.now()}`))
    clock.after(10, () => {
      seen.push(`a ${clock.now()}`)
      void Promise.resolve().then(() => clock.after(10, () => seen.push(`b ${clock.now()}`)))
    })
    const takeBack = clock.after(15, () => seen.push('never'))
    takeBack()
    await clock.advance(25)
    expect(seen).toEqual(['a 1010', 'b 1020'])
    expect([clock.pending, clock.now(), clock.holding]).toEqual([[5], 1025, 1])
    await clock.advance(5)
    expect(seen.at(-1)).toBe('c 1030')
  })

  test('until runs on to a promise, and calls a hang a hang', async () => {
    const clock = new FakeClock()
    const later = new Promise<string>((resolve) => {
      clock.after(10_000, () => clock.after(10_000, () => resolve('done')))
    })
    expect(await clock.until(later)).toBe('done')
    await expect(clock.until(new Promise(() => {}))).rejects.toThrow('did not settle')
    await expect(clock.until(Promise.reject(new Error('own')))).rejects.toThrow('own')
  })

  test('sleep: what became due meanwhile runs late', async () => {
    const clock = new FakeClock(0)
    const at: number[] = []
    clock.after(1000, () => at.push(clock.now()))
    await clock.sleep(3_600_000)
    expect(at).toEqual([3_600_000])
  })
})

describe('a process that dies', () => {
  const filled = (): FakeDisk => new FakeDisk()
  const id = 'file-0001'

  test('what was not flushed meets its fate', async () => {
    for (const [unflushed, expected] of [
      ['kept', [1, 1, 2, 2]],
      ['lost', [1, 1]],
      ['zeroed', [1, 1, 0, 0]],
      ['torn', [1, 1, 2, 0]],
    ] as const) {
      const disk = filled()
      const process = disk.process({ unflushed })
      const writer = await process.files.open(id)
      await writer.write(new Uint8Array([1, 1]), 0)
      await writer.flush()
      await writer.write(new Uint8Array([2, 2]), 2)
      process.die()
      expect([unflushed, ...(disk.bytesOf(id) ?? [])]).toEqual([unflushed, ...expected])
      await expect(process.records.get('a')).rejects.toThrow('dead')
      await expect(writer.write(new Uint8Array(1), 0)).rejects.toThrow('dead')
      const next = await disk.process().files.open(id)
      expect(next.size).toBe(expected.length)
    }
  })

  test('an unflushed truncation and overwrite are undone', async () => {
    const disk = filled()
    const process = disk.process({ unflushed: 'lost' })
    const writer = await process.files.open(id)
    await writer.write(contentAt(1, 0, 5000), 0)
    await writer.flush()
    await writer.truncate(100)
    await writer.write(contentAt(2, 0, 9000), 50)
    process.die()
    expect(disk.bytesOf(id)).toEqual(contentAt(1, 0, 5000))
  })

  test('before, during and after its step', async () => {
    for (const [moment, size] of [
      ['before', 0],
      ['during', 5],
      ['after', 10],
    ] as const) {
      const disk = filled()
      const process = disk.process({ dieAt: 2, moment })
      const writer = await process.files.open(id)
      await expect(writer.write(new Uint8Array(10), 0)).rejects.toThrow('died at step 2')
      expect([moment, disk.bytesOf(id)?.length]).toEqual([moment, size])
    }
  })

  test('bytes first, record second holds at every death; the other way round does not', async () => {
    const bytes = contentAt(3, 0, 3000)
    const life =
      (recordFirst: boolean) =>
      async (process: ReturnType<FakeDisk['process']>): Promise<void> => {
        const writer = await process.files.open(id)
        for (let at = 0; at < 3000; at += 1000) {
          await writer.write(bytes.subarray(at, at + 1000), at)
          if (recordFirst) await process.records.set('have', at + 1000)
          await writer.flush()
          if (!recordFirst) await process.records.set('have', at + 1000)
        }
      }
    const check = async (disk: FakeDisk): Promise<void> => {
      const have = (disk.records.get('have') as number | undefined) ?? 0
      expect(disk.bytesOf(id)?.slice(0, have) ?? new Uint8Array(0)).toEqual(bytes.slice(0, have))
    }
    expect(await everyDeath(filled, life(false), check)).toBe(10 * 3 * 4)
    await expect(everyDeath(filled, life(true), check)).rejects.toThrow()
  })

  test("a held disk takes no step; an error of the test's own; a quota that grows", async () => {
    const disk = new FakeDisk({ quota: 15 })
    const process = disk.process({
      beforeStep: ({ kind, what }) => (kind === 'set' && what === 'bad' ? new Error('no') : null),
    })
    const writer = await process.files.open(id)
    process.hold()
    let done = false
    const writing = (async () => {
      await writer.write(new Uint8Array(10), 0)
      done = true
    })()
    await settle()
    expect([done, process.steps.length]).toEqual([false, 1])
    process.goOn()
    await writing
    await expect(process.records.set('bad', 1)).rejects.toThrow('no')
    await expect(writer.write(new Uint8Array(10), 10)).rejects.toMatchObject({ code: 'noSpaceLeft' })
    expect([disk.used, await process.files.available()]).toEqual([15, 0])
    disk.quota = 100
    await writer.write(new Uint8Array(10), 10)
    disk.evict(id)
    await expect(writer.write(new Uint8Array(1), 0)).rejects.toMatchObject({ code: 'cannotWriteToFile' })
    expect(await process.files.size(id)).toBeNull()
  })

  test('others wait for the lock of one who is dying, and for no other', async () => {
    const disk = filled()
    const [first, second] = [disk.process(), disk.process()]
    await first.locks.acquire('x')
    expect(await second.locks.acquire('x')).toBeNull()
    first.locks.startDying()
    const waiting = second.locks.acquire('x')
    first.die()
    expect(await waiting).not.toBeNull()
  })
})

describe('the transport', () => {
  test('hands requests to the test, and bodies into its hand', async () => {
    const { transport } = fakePlatform()
    const abort = new AbortController()
    const send = (): Promise<Awaited<ReturnType<typeof transport.send>>> =>
      transport.send({
        url: 'https://x.test/a',
        method: 'GET',
        headers: new Headers({ Range: 'bytes=5-' }),
        body: null,
        redirect: 'follow',
        credentials: 'omit',
        cache: 'no-store',
        signal: abort.signal,
      })
    const first = send()
    const request = await transport.next()
    expect([request.range, transport.waiting]).toEqual(['bytes=5-', 0])
    const body = request.respond({ status: 206, headers: { ETag: '"a"' } })
    const response = await first
    expect([response.status, response.headers.get('etag'), response.redirected]).toEqual([206, '"a"', false])
    const reading = response.body.read()
    expect(body.wanted).toBe(true)
    body.push(new Uint8Array([1, 2]))
    const given = await reading
    expect([...(given ?? [])]).toEqual([1, 2])
    body.push(new Uint8Array([3]))
    await response.body.read()
    expect([...(given ?? [])]).toEqual([0xee, 0xee])
    body.fail()
    await expect(response.body.read()).rejects.toMatchObject({ code: 'networkConnectionLost' })

    const second = send()
    await expect(transport.expectQuiet()).rejects.toThrow('bytes=5-')
    abort.abort(new Error('mine'))
    await expect(second).rejects.toThrow('mine')
    await transport.expectQuiet()
    const refused = transport.next()
    const third = transport.send({
      url: 'https://x.test/b',
      method: 'GET',
      headers: new Headers(),
      body: null,
      redirect: 'follow',
      credentials: 'omit',
      cache: 'no-store',
      signal: new AbortController().signal,
    })
    ;(await refused).fail('cannotFindHost')
    await expect(third).rejects.toMatchObject({ code: 'cannotFindHost', url: 'https://x.test/b' })
  })

  test('serveContent is a good server', async () => {
    const content = { size: 200_000, seed: 9 }
    const { transport } = fakePlatform()
    transport.answerWith(serveContent(content))
    const get = async (headers: Record<string, string>): Promise<[number, string | null, number]> => {
      const response = await transport.send({
        url: 'https://x.test/a',
        method: 'GET',
        headers: new Headers(headers),
        body: null,
        redirect: 'follow',
        credentials: 'omit',
        cache: 'no-store',
        signal: new AbortController().signal,
      })
      let length = 0
      for (let piece = await response.body.read(); piece; piece = await response.body.read()) length += piece.length
      return [response.status, response.headers.get('content-range'), length]
    }
    expect(await get({})).toEqual([200, null, 200_000])
    expect(await get({ Range: 'bytes=150000-', 'If-Range': '"v1"' })).toEqual([
      206,
      'bytes 150000-199999/200000',
      50_000,
    ])
    expect(await get({ Range: 'bytes=150000-', 'If-Range': '"v2"' })).toEqual([200, null, 200_000])
    expect(await get({ Range: 'bytes=200000-' })).toEqual([416, 'bytes */200000', 0])
  })
})

test('a platform places, copies and finds files, also half', async () => {
  const disk = new FakeDisk()
  const platform = fakePlatform({ disk })
  const { process, files } = platform
  const writer = await files.open('file-0001')
  await writer.write(contentAt(1, 0, 100), 0)
  await writer.close()
  await platform.copy('file-0001', 100, '/a/copy')
  expect(await files.size('file-0001')).toBe(100)
  await platform.place('file-0001', 100, '/a/file')
  expect([
    await files.size('file-0001'),
    (await platform.placed('/a/file', 100, 'x/y'))?.size,
    await platform.placed('/a/none', 1, ''),
  ]).toEqual([null, 100, null])
  expect(process.steps.map((step) => step.kind)).toEqual(['open', 'write', 'copy', 'place'])
  await expect(platform.place('file-0001', 100, '/a/file')).rejects.toMatchObject({ code: 'fileDoesNotExist' })
})

test('chance: fixed numbers, and numbers that repeat by seed', () => {
  const fixed = new FixedChance([0.1, 0.9], 'p1')
  expect([fixed.next(), fixed.next(), fixed.next(), fixed.uid(), fixed.uid()]).toEqual([
    0.1,
    0.9,
    0.1,
    'p1-00000001',
    'p1-00000002',
  ])
  const [one, two] = [new SeededChance(7), new SeededChance(7)]
  expect(Array.from({ length: 5 }, () => one.next())).toEqual(Array.from({ length: 5 }, () => two.next()))
  expect(Array.from({ length: 200 }, () => one.between(2, 4)).every((n) => n >= 2 && n <= 4)).toBe(true)
})

test('connectivity tells each change once', () => {
  const network = new ManualConnectivity()
  const seen: string[] = []
  const end = network.subscribe((event) => seen.push(event))
  network.goOnline()
  network.goOffline()
  network.goOffline()
  network.wake()
  network.goOnline()
  end()
  network.goOffline()
  expect([seen, network.listeners, network.online]).toEqual([['offline', 'wake', 'online'], 0, false])
})

test('sha256 agrees with WebCrypto, whole and put down in the middle', async () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 100_001]) {
    const bytes = contentAt(1, 5, length)
    const digest = await sha256Digest('sha256')
    digest.update(bytes.subarray(0, length >> 1))
    const again = await sha256Digest('sha256', digest.save() ?? undefined)
    again.update(bytes.subarray(length >> 1))
    expect([length, ...again.finish()]).toEqual([
      length,
      ...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)),
    ])
  }
  await expect(sha256Digest('sha512')).rejects.toMatchObject({ code: 'unsupportedByPlatform' })
})
