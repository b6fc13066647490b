/**
 * Owns: what every SocketTransport promises, against a real origin: the handshake, messages in order, who waits for whom, and all ends.
 */
import type { Socket, SocketEnd, SocketTransport } from '../fakes/ports.ts'
import { type RemoteOrigin, remoteOrigin } from '../origin/remote-origin.ts'
import type { SocketBehaviour } from '../origin/vocabulary.ts'
import { type ContractCase, check, isURLError, rejection, same, sameBytes } from './cases.ts'
import { wire } from './transport-stage.ts'

/** How the contract gets at an adapter. */
export interface SocketHarness {
  transport: () => Promise<SocketTransport> | SocketTransport
  /** URL of a running origin with its control endpoint. */
  origin: string
  /** Whether reading can be paused. */
  pauses: boolean
  /** True where the platform does not say why there was no upgrade. */
  opaque: boolean
}

type Message = string | Uint8Array<ArrayBuffer>

/** What a listener was told, in order, for whoever waits for it. */
class Heard {
  readonly messages: Message[] = []
  end: SocketEnd | null = null
  afterEnd = 0
  #changed: () => void = () => {}

  message(message: Message): void {
    if (this.end) this.afterEnd += 1
    this.messages.push(message)
    this.#changed()
  }

  closed(end: SocketEnd): void {
    if (this.end) this.afterEnd += 1
    this.end = end
    this.#changed()
  }

  async count(count: number): Promise<readonly Message[]> {
    while (this.messages.length < count) {
      check(!this.end, `it ended after ${this.messages.length} of ${count} messages`)
      await this.#change()
    }
    return this.messages
  }

  async ended(): Promise<SocketEnd> {
    while (!this.end) await this.#change()
    return this.end
  }

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#changed = resolve))
  }
}

let names = 0

/** The cases. */
export function socketContract({ transport, origin, pauses, opaque }: SocketHarness): ContractCase[] {
  const cases: ContractCase[] = []
  const remote: RemoteOrigin = remoteOrigin(origin)
  const ask = async (url: string, protocols: readonly string[] = [], signal = new AbortController().signal) =>
    (await transport()).open(wire(url.replace(/^ws/, 'http'), { signal }), {
      protocols,
      maximumMessageSize: 1 << 24,
    })
  const open = async (behaviour: SocketBehaviour, protocols: readonly string[] = []): Promise<Socket> => {
    const { response, socket } = await ask(remote.socket(behaviour), protocols)
    same(response.status, 101, 'status')
    check(socket !== null, 'there is no socket')
    return socket
  }
  const heard = (socket: Socket): Heard => {
    const all = new Heard()
    socket.listen(all)
    return all
  }
  const on = (name: string, run: () => Promise<void>): void => void cases.push({ name, run })

  on('text and bytes of every size come back, in order, and as they were', async () => {
    const socket = await open({})
    const all = heard(socket)
    const given: Message[] = ['', 'ü✓😀', new Uint8Array(0)]
    for (const size of [1, 125, 126, 65_535, 65_536, 1_000_003, 5_000_000])
      given.push(
        'x'.repeat(size),
        new Uint8Array(size).map((_, at) => (at * 31) % 251),
      )
    for (const message of given) void socket.send(message)
    const back = await all.count(given.length)
    given.forEach((message, at) => {
      const got = back[at]
      if (typeof message === 'string') return check(got === message, `text ${at} of ${message.length}`)
      check(got instanceof Uint8Array, `bytes ${at} came as ${typeof got}`)
      sameBytes(got, message, `bytes ${at}`)
    })
    socket.close(1000, '')
    await all.ended()
  })

  on('a Blob keeps its place, and bytes belong to the caller again', async () => {
    const socket = await open({})
    const all = heard(socket)
    const bytes = Uint8Array.of(1, 2, 3)
    void socket.send('first')
    void socket.send(new Blob([Uint8Array.of(9, 9)]))
    void socket.send(bytes)
    bytes.fill(7)
    void socket.send('last')
    const back = await all.count(4)
    same(
      back.map((one) => (typeof one === 'string' ? one : [...one])),
      ['first', [9, 9], [1, 2, 3], 'last'],
      'messages',
    )
    socket.close(1000, '')
    await all.ended()
  })

  on('what came before anybody listened is told, then the end, then nothing', async () => {
    const socket = await open({ greet: ['a', 'b', 'c'], closeAfter: { messages: 0, code: 4001, reason: 'über' } })
    // Another one comes and goes meanwhile.
    await heard(await open({ closeAfter: { messages: 0, code: 1000 } })).ended()
    const all = heard(socket)
    same(await all.ended(), { code: 4001, reason: 'über', error: null }, 'end')
    same([all.messages, all.afterEnd], [['a', 'b', 'c'], 0], 'messages')
  })

  on('the server chooses a subprotocol of those that are offered', async () => {
    const socket = await open({}, ['second.v1', 'first'])
    same(socket.protocol, 'second.v1', 'protocol')
    const bare = await open({})
    same(bare.protocol, '', 'no protocol')
    socket.leave()
    bare.leave()
  })

  on('a close is agreed on, behind everything that was sent', async () => {
    const socket = await open({})
    const all = heard(socket)
    for (let index = 0; index < 50; index++) void socket.send(new Uint8Array(100_000))
    void socket.send(new Blob(['the last']))
    socket.close(3999, 'enough, Ünal')
    same(await all.ended(), { code: 3999, reason: 'enough, Ünal', error: null }, 'end')
  })

  on('a close without a code is 1005', async () => {
    const all = heard(await open({ closeAfter: { messages: 0 } }))
    same((await all.ended()).code, 1005, 'code')
  })

  on('a loss is no close, at once and after messages', async () => {
    for (const dropAfter of [0, 1]) {
      const socket = await open({ dropAfter })
      const all = heard(socket)
      void socket.send('x')
      const { code, reason } = await all.ended()
      same([code, reason, all.afterEnd], [null, '', 0], 'end')
    }
  })

  on('what fails in the handshake is told by a URLError, or by the answer', async () => {
    for (const behaviour of [{ beforeUpgrade: 'reset' }, { beforeUpgrade: 'close' }, { protocol: 'mine' }] as const) {
      const error = await rejection(ask(remote.socket(behaviour)), JSON.stringify(behaviour))
      isURLError(error, opaque ? ['badServerResponse'] : ['badServerResponse', 'networkConnectionLost'], 'handshake')
    }
    const url = remote.socket({ status: 403 })
    if (opaque) return isURLError(await rejection(ask(url), '403'), ['badServerResponse'], '403')
    const { response, socket } = await ask(url)
    same([response.status, socket], [403, null], 'answer')
    return response.body.cancel()
  })

  on("an aborted signal ends a handshake with the signal's own reason", async () => {
    const reason = new Error('my reason')
    const before = await rejection(ask(remote.socket(), [], AbortSignal.abort(reason)), 'aborted before')
    check(before === reason, 'before: another reason')
    const name = `stalled-${++names}-${Math.random().toString(36).slice(2)}`
    const during = new AbortController()
    const opening = rejection(ask(remote.socket({ beforeUpgrade: 'stall' }, name), [], during.signal), 'aborted')
    await remote.when({ url: name })
    during.abort(reason)
    check((await opening) === reason, 'during: another reason')
  })

  on('what was sent is buffered until it is taken, and a sender can wait for that', async () => {
    const socket = await open({ silentAfter: 0 })
    const all = heard(socket)
    for (let index = 0; index < 40; index++) void socket.send(new Uint8Array(1_000_000))
    check(socket.buffered > 10_000_000, `only ${socket.buffered} bytes are buffered`)
    socket.drop()
    same([all.messages.length, all.end], [0, null], 'told after it was dropped')

    const other = await open({ echo: false })
    const rest = heard(other)
    for (let index = 0; index < 40; index++) void other.send(new Uint8Array(1_000_000))
    await new Promise<void>((resolve) => other.whenBelow(1, resolve))
    same(other.buffered, 0, 'buffered')
    other.close(1000, '')
    await rest.ended()
  })

  on('leaving tells nothing more, and the server learns of it', async () => {
    const name = `left-${++names}-${Math.random().toString(36).slice(2)}`
    const { socket } = await ask(remote.socket({ burst: { count: 100, size: 10_000 } }, name))
    check(socket !== null, 'there is no socket')
    const all = heard(socket)
    await all.count(1)
    socket.leave()
    const told = all.messages.length
    await remote.when({ url: name, ended: true })
    same([all.messages.length, all.end], [told, null], 'told')
  })

  if (pauses)
    on('a pause stops reading, loses nothing, and goes on', async () => {
      const socket = await open({ burst: { count: 200, size: 100_000 }, closeAfter: { messages: 0, code: 1000 } })
      const all = heard(socket)
      for (const stop of [1, 50, 120]) {
        await all.count(stop)
        socket.pause?.(true)
        const paused = all.messages.length
        // As much again goes over another connection meanwhile.
        const other = await open({ burst: { count: 200, size: 100_000 }, closeAfter: { messages: 0, code: 1000 } })
        await heard(other).ended()
        check(all.messages.length <= paused + 1, `${all.messages.length - paused} messages came in spite of the pause`)
        socket.pause?.(false)
      }
      same((await all.ended()).code, 1000, 'end')
      same(
        all.messages.map((one) => (one as Uint8Array)[0]),
        Array.from({ length: 200 }, (_, at) => at),
        'messages',
      )
    })

  if (pauses)
    on('a close that comes while reading is paused loses nothing, or is told as a loss', async () => {
      const socket = await open({ burst: { count: 1000, size: 10 }, closeAfter: { messages: 0, code: 1000 } })
      const all = heard(socket)
      await all.count(1)
      socket.pause?.(true)
      await heard(await open({ closeAfter: { messages: 0, code: 1000 } })).ended()
      socket.pause?.(false)
      const { code, error } = await all.ended()
      if (code === null) return isURLError(error, ['networkConnectionLost'], 'end')
      return same([code, all.messages.length], [1000, 1000], 'code and messages')
    })

  return cases
}
