/** Firefox, by WebDriver BiDi: the remote protocol of an ordinary window with an ordinary profile. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, LaunchOptions, Storage, Tab } from './browser.ts'
import { connect, type Calls } from './calls.ts'
import { Program } from './process.ts'
import { evaluator } from './script.ts'

/** Nothing that asks, updates or phones home, and no talk of the crash that a kill looks like. */
const preferences: Readonly<Record<string, unknown>> = {
  'app.normandy.enabled': false,
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.sessionstore.resume_from_crash': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,#',
  'toolkit.startup.max_resumed_crashes': -1,
  'toolkit.telemetry.enabled': false,
}

const preferencesFor: Readonly<Record<Storage, Readonly<Record<string, unknown>>>> = {
  usual: {},
  private: { 'browser.privatebrowsing.autostart': true },
  // "Block all cookies", which means all site data.
  none: { 'network.cookie.cookieBehavior': 2 },
}

export async function launchFirefox({ executable, profile, storage, onUncaught }: LaunchOptions): Promise<Browser> {
  const lines = Object.entries({ ...preferences, ...preferencesFor[storage] }).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  )
  writeFileSync(join(profile, 'user.js'), lines.join(''))
  const address = join(profile, 'WebDriverBiDiServer.json')
  rmSync(address, { force: true })
  const words = ['--profile', profile, '--no-remote', '--headless', '--remote-debugging-port=0']
  const program = new Program(executable, words, { MOZ_CRASHREPORTER_DISABLE: '1' })
  const port = await program.until('its remote port', () =>
    existsSync(address) ? (JSON.parse(readFileSync(address, 'utf8')) as { ws_port: number }).ws_port : undefined,
  )
  const calls = await connect(`ws://127.0.0.1:${port}/session`)
  await calls.call('session.new', { capabilities: {} })
  await calls.call('session.subscribe', { events: ['log.entryAdded'] })
  calls.subscribe(({ method, params }) => {
    const { type, level, text } = params as { type?: string; level?: string; text?: string }
    if (method === 'log.entryAdded' && type === 'javascript' && level === 'error') onUncaught(String(text))
  })
  const { contexts } = (await calls.call('browsingContext.getTree')) as { contexts: { context: string }[] }
  return {
    tab: makeTab(calls, contexts[0]?.context ?? ''),
    newTab: async () =>
      makeTab(calls, ((await calls.call('browsingContext.create', { type: 'tab' })) as { context: string }).context),
    kill: () => program.kill(),
  }
}

interface ScriptResult {
  readonly result?: { readonly value: string }
  readonly exceptionDetails?: { readonly text: string }
}

function makeTab(calls: Calls, context: string): Tab {
  const call = async (method: string, params = {}): Promise<void> =>
    void (await calls.call(method, { context, ...params }))
  return {
    goto: (url) => call('browsingContext.navigate', { url, wait: 'complete' }),
    reload: () => call('browsingContext.reload', { wait: 'complete' }),
    evaluate: evaluator(async (expression) => {
      const target = { target: { context }, awaitPromise: true }
      const { result, exceptionDetails } = (await calls.call('script.evaluate', {
        expression,
        ...target,
      })) as ScriptResult
      if (!result) throw new Error(exceptionDetails?.text ?? 'the script did not run')
      return result.value
    }),
    close: () => call('browsingContext.close'),
  }
}
