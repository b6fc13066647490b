/** One WebSocket for three tabs: the server sees one connection, also after the tab that held it was closed or crashed. */
import type { BrowserContext, Page } from 'playwright/test'
import type { Origin } from '../../../testing/src/origin/index.ts'
import type { SocketGap, URLError, WebSocketTask } from '../../src/entries/browser.ts'
import { expect, test } from '../support/stage.ts'

declare global {
  // oxlint-disable-next-line no-var
  var socket: WebSocketTask
  /** What the tab was given, in order. */
  // oxlint-disable-next-line no-var
  var got: string[]
  // oxlint-disable-next-line no-var
  var gaps: SocketGap[]
  /** Called when there is something new in one of the two. */
  // oxlint-disable-next-line no-var
  var wake: () => void
}

const path = '/sockets/shared'

/** A tab that shares the socket; resolves when it is connected. */
async function share(page: Page, { url }: Origin): Promise<Page> {
  await page.evaluate(
    async (at) => {
      const { URLSession, SessionConfiguration } = globalThis.urlsession
      globalThis.got = []
      globalThis.gaps = []
      globalThis.wake = () => {}
      const opened = Promise.withResolvers<void>()
      const session = new URLSession(SessionConfiguration.background('tabs'), {
        didOpen: () => opened.resolve(),
        didReopen: (_task, gap) => {
          globalThis.gaps.push(gap)
          globalThis.wake()
        },
      })
      globalThis.socket = session.webSocketTask(at, { shared: 'it', reconnect: true }).resume()
      void (async () => {
        for await (const message of globalThis.socket) {
          globalThis.got.push(String(message))
          globalThis.wake()
        }
      })()
      await opened.promise
    },
    `${url.replace(/^http/, 'ws')}${path}`,
  )
  return page
}

/** Resolves when the tab was given a message that begins so; with all that it was given. */
const given = (page: Page, message: string): Promise<string[]> =>
  page.evaluate(
    (wanted) =>
      new Promise<string[]>((resolve) => {
        globalThis.wake = () => globalThis.got.includes(wanted) && resolve(globalThis.got)
        globalThis.wake()
      }),
    message,
  )

/** Resolves when the tab was told of that many gaps. */
const reopened = (page: Page, count: number): Promise<void> =>
  page.evaluate(
    (wanted) =>
      new Promise<void>((resolve) => {
        globalThis.wake = () => globalThis.gaps.length >= wanted && resolve()
        globalThis.wake()
      }),
    count,
  )

/** Sends `<name> 0` to `<name> 99`. */
const sendMany = (page: Page, name: string): Promise<void> =>
  page.evaluate(async (from) => {
    for (let index = 0; index < 100; index++) await globalThis.socket.send(`${from} ${index}`)
  }, name)

const numbered = (name: string): string[] => Array.from({ length: 100 }, (_, index) => `${name} ${index}`)

async function threeTabs(context: BrowserContext, page: Page, open: (page?: Page) => Promise<void>, here: Origin) {
  const tabs = [page, await context.newPage(), await context.newPage()] as const
  for (const tab of tabs) {
    await open(tab)
    await share(tab, here)
  }
  return tabs
}

const connections = ({ journal }: Origin, ended?: boolean): number =>
  journal.matching({ url: path, ...(ended !== undefined && { ended }) }).length

/** The end of the whole process, as by a fault or for want of memory. */
async function crash(page: Page): Promise<void> {
  const crashed = page.waitForEvent('crash')
  const tools = await page.context().newCDPSession(page)
  tools.send('Page.crash').catch(() => {})
  await crashed
}

test('three tabs are one connection, and each gets every message once and in order', async ({
  context,
  page,
  stage,
}) => {
  const { here, open } = await stage()
  const tabs = await threeTabs(context, page, open, here)
  await Promise.all(tabs.map((tab, index) => sendMany(tab, `tab${index}`)))
  await tabs[0].evaluate(() => globalThis.socket.send('end'))
  const all = await Promise.all(tabs.map((tab) => given(tab, 'end')))
  expect(all[1]).toEqual(all[0])
  expect(all[2]).toEqual(all[0])
  for (const name of ['tab0', 'tab1', 'tab2'])
    expect(all[0]?.filter((message) => message.startsWith(name))).toEqual(numbered(name))
  expect(all[0]?.length).toBe(301)
  expect(connections(here)).toBe(1)
})

const deaths = [
  { how: 'is closed', end: (page: Page) => page.close() },
  { how: 'crashes', end: crash },
]

for (const { how, end } of deaths)
  test(`when the tab that holds it ${how}, another one opens it, and nothing comes twice`, async ({
    context,
    page,
    stage,
  }) => {
    const { here, open } = await stage()
    const [first, ...others] = await threeTabs(context, page, open, here)
    await sendMany(others[0] ?? first, 'before')
    await Promise.all(others.map((tab) => given(tab, 'before 99')))
    await end(first)
    await Promise.all(others.map((tab) => reopened(tab, 1)))
    expect(connections(here, false)).toBe(1)
    expect(connections(here)).toBe(2)
    await sendMany(others[1] ?? first, 'after')
    for (const tab of others) {
      expect(await given(tab, 'after 99')).toEqual([...numbered('before'), ...numbered('after')])
      expect(await tab.evaluate(() => globalThis.gaps.length)).toBe(1)
    }
  })

test('what a tab is sending while the one that holds it dies is delivered, rejected or told of', async ({
  context,
  page,
  stage,
}) => {
  const { here, open } = await stage()
  const [first, second, third] = await threeTabs(context, page, open, here)
  // Sends without an end; stops when the connection has been made anew.
  const sending = second.evaluate(async () => {
    const rejected: string[] = []
    let count = 0
    while (globalThis.gaps.length === 0) {
      const message = `m${count++}`
      await globalThis.socket.send(message).catch((error: URLError) => {
        if (error.unsent === message) rejected.push(message)
      })
      await new Promise((resolve) => setTimeout(resolve))
    }
    await globalThis.socket.send('end')
    return { count, rejected, told: globalThis.gaps.flatMap(({ unacknowledged }) => unacknowledged.map(String)) }
  })
  await given(third, 'm20')
  await crash(first)
  const { count, rejected, told } = await sending
  const got = await given(second, 'end')
  expect(new Set(got).size).toBe(got.length)
  expect(rejected.filter((message) => told.includes(message))).toEqual([])
  const known = new Set([...got, ...rejected, ...told])
  expect(Array.from({ length: count }, (_, index) => `m${index}`).filter((message) => !known.has(message))).toEqual([])
})

test('the last tab to close it closes it', async ({ context, page, stage }) => {
  const { here, open } = await stage()
  const tabs = await threeTabs(context, page, open, here)
  for (const [index, tab] of tabs.entries()) {
    expect(connections(here, false)).toBe(1)
    const end = await tab.evaluate(async (code) => {
      globalThis.socket.close(code, 'done')
      return globalThis.socket.finished
    }, 3000 + index)
    expect(end).toEqual({ code: 3000 + index, reason: 'done' })
  }
  await here.when({ url: path, ended: true })
  expect(connections(here)).toBe(1)
})
