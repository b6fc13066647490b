/** A WebSocket without a network, in a browser that knows of it: waits for one, or says in one error that there is none, or goes on when it is back. */
import type { JSHandle, Page } from 'playwright/test'
import type { Origin } from '../../../testing/src/origin/index.ts'
import type { RetryOptions, URLError, WebSocketTask } from '../../src/entries/browser.ts'
import { expect, test } from '../support/stage.ts'

interface Begun {
  readonly task: WebSocketTask
  /** The delegate's methods in the order of their calls. */
  readonly told: string[]
}

const handshakes = (origin: Origin): number => origin.journal.matching({ url: '/sockets/' }).length

/** A task of a session that waits for a network, or does not. */
const begin = (
  page: Page,
  { url }: Origin,
  waits: boolean,
  reconnect: RetryOptions | false = false,
): Promise<JSHandle<Begun>> =>
  page.evaluateHandle(
    ([to, waitsForConnectivity, again]) => {
      const { SessionConfiguration, URLSession } = globalThis.urlsession
      const told: string[] = []
      const session = new URLSession(SessionConfiguration.default({ waitsForConnectivity }), {
        isWaitingForConnectivity: () => void told.push('isWaitingForConnectivity'),
        didOpen: () => void told.push('didOpen'),
        didReopen: (_task, { code, unacknowledged }) =>
          void told.push(`didReopen ${code} ${JSON.stringify(unacknowledged)}`),
        didClose: () => void told.push('didClose'),
        didComplete: (_task, error) => void told.push(`didComplete ${error?.code ?? 'well'}`),
      })
      return { task: session.webSocketTask(to, { reconnect: again }).resume(), told }
    },
    [`${url.replace('http', 'ws')}/sockets/offline`, waits, reconnect] as const,
  )

const waiting = (begun: JSHandle<Begun>): Promise<void> =>
  begun.evaluate(
    ({ task }) =>
      new Promise<void>((resolve) => {
        const stop = task.subscribe(look)
        function look(): void {
          if (task.waitingFor !== 'connectivity') return
          stop()
          resolve()
        }
        look()
      }),
  )

const echoed = (begun: JSHandle<Begun>, text: string): Promise<unknown> =>
  begun.evaluate(async ({ task }, message) => {
    await task.send(message)
    return task.receive()
  }, text)

const closed = (begun: JSHandle<Begun>): Promise<string[]> =>
  begun.evaluate(async ({ task, told }) => {
    task.close()
    await task.finished
    return told
  })

test('a socket waits for a network where that was asked for, and opens when there is one', async ({
  context,
  page,
  stage,
}) => {
  const { there, open } = await stage()
  await open()
  await context.setOffline(true)
  const begun = await begin(page, there, true)
  await waiting(begun)
  // A sign of a network that is none: it is told of no more than once.
  await begun.evaluate(() => dispatchEvent(new Event('online')))
  await waiting(begun)
  expect(await begun.evaluate(({ task, told }) => [task.state, told])).toEqual([
    'running',
    ['isWaitingForConnectivity'],
  ])
  expect(handshakes(there)).toBe(0)

  await context.setOffline(false)
  expect(await echoed(begun, 'hello')).toBe('hello')
  expect(handshakes(there)).toBe(1)
  expect(await closed(begun)).toEqual(['isWaitingForConnectivity', 'didOpen', 'didClose', 'didComplete well'])
})

test('a socket that is to wait for nothing fails with one error, which says that there is no network', async ({
  context,
  page,
  stage,
}) => {
  const { there, open } = await stage()
  await open()
  await context.setOffline(true)
  const begun = await begin(page, there, false)
  const ended = await begun.evaluate(async ({ task, told }) => {
    const sent = await task.send('never').catch((error: unknown) => (error as URLError).code)
    const received = await task.receive().catch((error: unknown) => (error as URLError).code)
    await task.finished.catch(() => {})
    const { code, number, opaque, retryable, phase } = task.error as URLError
    return { sent, received, told, error: { code, number, opaque, retryable, phase } }
  })
  expect(ended).toEqual({
    sent: 'notConnectedToInternet',
    received: 'notConnectedToInternet',
    told: ['didComplete notConnectedToInternet'],
    error: { code: 'notConnectedToInternet', number: -1009, opaque: false, retryable: true, phase: 'connect' },
  })
  expect(handshakes(there)).toBe(0)
})

test('an open socket that is to reconnect goes on by itself when the network is back, however few attempts it has', async ({
  context,
  page,
  stage,
}) => {
  const { there, open } = await stage()
  await open()
  const begun = await begin(page, there, false, { attempts: 1, baseDelay: 1, maximumDelay: 1 })
  expect(await echoed(begun, 'before')).toBe('before')
  await context.setOffline(true)
  there.dropAllConnections()
  await waiting(begun)
  await begun.evaluate(() => dispatchEvent(new Event('online')))
  await waiting(begun)
  expect(handshakes(there)).toBe(1)

  const held = echoed(begun, 'while it was away')
  await context.setOffline(false)
  expect(await held).toBe('while it was away')
  expect(handshakes(there)).toBe(2)
  expect(await closed(begun)).toEqual([
    'didOpen',
    'isWaitingForConnectivity',
    'didReopen null ["before"]',
    'didClose',
    'didComplete well',
  ])
})
