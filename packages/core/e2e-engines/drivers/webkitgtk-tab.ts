/**
 * One page of WebKit's inspector. Its commands travel inside another protocol, addressed to a target, and a navigation to another
 * site puts a new target in the old one's place.
 */
import type { Tab } from './browser.ts'
import { Calls, connect, type Event } from './calls.ts'
import { evaluator } from './script.ts'

interface TargetInfo {
  readonly targetId: string
  readonly type: string
  readonly isProvisional?: boolean
}

interface ConsoleMessage {
  readonly source: string
  readonly level: string
  readonly text: string
}

export async function openTab(address: string, onUncaught: (text: string) => void): Promise<Tab> {
  const outer = await connect(address)
  const targets = new Map<string, Calls>()
  const ready = Promise.withResolvers<void>()
  const loads = new Set<() => void>()
  let page = ''

  const onPageEvent = ({ method, params }: Event): void => {
    if (method === 'Page.loadEventFired') loads.forEach((tell) => tell())
    const { source, level, text } = (params['message'] ?? {}) as ConsoleMessage
    if (method === 'Console.messageAdded' && source === 'javascript' && level === 'error') onUncaught(text)
  }

  const addTarget = ({ targetId, type, isProvisional }: TargetInfo): void => {
    if (type !== 'page') return
    const target = new Calls((message) => {
      outer
        .call('Target.sendMessageToTarget', { targetId, message })
        .catch(({ message: why }: Error) => target.end(why))
    })
    target.subscribe(onPageEvent)
    targets.set(targetId, target)
    if (!isProvisional) page = targetId
    const enabled = ['Page', 'Runtime', 'Console'].map((domain) => target.call(`${domain}.enable`))
    void Promise.all(enabled).then(() => ready.resolve(), ready.reject)
  }

  const dropTarget = (targetId: string): void => {
    targets.get(targetId)?.end('the page went to another process')
    targets.delete(targetId)
  }

  outer.subscribe(({ method, params }) => {
    const { targetId, oldTargetId, newTargetId, message } = params as Record<string, string>
    if (method === 'Target.targetCreated') addTarget(params['targetInfo'] as TargetInfo)
    else if (method === 'Target.didCommitProvisionalTarget') {
      page = newTargetId ?? ''
      dropTarget(oldTargetId ?? '')
    } else if (method === 'Target.targetDestroyed') dropTarget(targetId ?? '')
    else if (method === 'Target.dispatchMessageFromTarget') targets.get(targetId ?? '')?.hear(message ?? '')
  })
  await ready.promise

  const call: Calls['call'] = (method, params) => {
    const target = targets.get(page)
    return target ? target.call(method, params) : Promise.reject(new Error(`${method}: the page is gone`))
  }
  /** Does what leads to a new page, and resolves when that has loaded. */
  const toNewPage = async (method: string, params = {}): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const before = page
    loads.add(resolve)
    // Where the page goes to another process, the answer is lost with the old one.
    call(method, params).catch((error: unknown) => {
      if (page === before) reject(error)
    })
    try {
      await promise
    } finally {
      loads.delete(resolve)
    }
  }
  return {
    goto: (url) => toNewPage('Page.navigate', { url }),
    reload: () => toNewPage('Page.reload'),
    evaluate: evaluator(async (expression) => {
      const { result } = (await call('Runtime.evaluate', { expression })) as { result: { objectId: string } }
      const awaited = await call('Runtime.awaitPromise', { promiseObjectId: result.objectId, returnByValue: true })
      return (awaited as { result: { value: string } }).result.value
    }),
    close: async () => void (await call('Runtime.evaluate', { expression: 'window.close()' }).catch(() => {})),
  }
}
