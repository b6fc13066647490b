/** Whoever is asked about a task and never answers costs that task alone, which can be ended in each way there is. */
import type {
  ConfigurationOptions,
  SessionDelegate,
  Task,
  TaskOptions,
  UploadBody,
  UploadProtocol,
  URLSession,
} from 'urlsession'
import { describe, expect, it } from 'vitest'
import { inNode, makeSession, origin, rejection, unique } from '../support/session.ts'
import { keepable, makeCache } from './support/caches.ts'
import { echoURL } from './support/data.ts'

interface Question {
  /** What the task is to ask for. */
  readonly url: () => Promise<string> | string
  /** @param never Is told that it was asked, and gives a promise that never settles. */
  readonly options?: (never: () => Promise<never>) => ConfigurationOptions
  readonly delegate?: (never: () => Promise<never>) => SessionDelegate
  /** Of uploads. */
  readonly upload?: (never: () => Promise<never>) => { body?: UploadBody; protocol?: UploadProtocol }
  /** Kinds of task that are never asked. */
  readonly except?: readonly Kind[]
  /** Asked once for all tasks of a session. */
  readonly isShared?: boolean
}

type Kind = 'data' | 'fetch' | 'download' | 'upload'

const guarded = (): string => `${origin.url}/basic/ada/${unique('s3cret')}`
const inGeneral = async (): Promise<string> => echoURL

const storage = (never: () => Promise<never>) => ({
  defaultCredential: never,
  set: never,
  setDefault: never,
  clear: async () => {},
  flush: async () => {},
})

const cache = await makeCache()

const QUESTIONS: Record<string, Question> = {
  'an adapter’s adapt': { url: inGeneral, options: (never) => ({ adapters: [{ adapt: never }] }) },
  'an adapter’s retry': {
    url: () => `${origin.url}/status/503`,
    options: (never) => ({ adapters: [{ retry: never }] }),
  },
  'a bearer’s token': {
    url: inGeneral,
    options: (never) => ({ bearer: { origins: [origin.url], token: never, refresh: async () => 'x' } }),
  },
  'a bearer’s refresh': {
    url: () => `${origin.url}/guarded/${unique('bearer')}?schemes=bearer`,
    // Whoever has the same origins waits for the same renewal.
    options: (never) => ({
      bearer: { origins: [origin.url, `https://${unique('x')}.example`], token: () => 'old', refresh: never },
    }),
    isShared: true,
  },
  networkStatus: {
    url: inGeneral,
    options: (never) => ({ networkAccess: { cellular: false }, networkStatus: never }),
  },
  'a credential storage': { url: guarded, options: (never) => ({ credentialStorage: storage(never) }) },
  'a protocol': {
    url: () => 'silent:/file',
    options: (never) => ({ protocols: [{ accepts: ({ url }) => url.startsWith('silent:'), load: never }] }),
    except: ['upload'],
  },
  didReceiveChallenge: { url: guarded, delegate: (never) => ({ didReceiveChallenge: never }) },
  didReceiveResponse: {
    url: inGeneral,
    delegate: (never) => ({ didReceiveResponse: never }),
    except: ['download', 'upload', 'fetch'],
  },
  willCacheResponse: {
    url: async () => (await keepable('max-age=600')).url,
    options: () => ({ cache }),
    delegate: (never) => ({ willCacheResponse: never }),
    except: ['download', 'upload'],
  },
  'an upload’s protocol': {
    url: inGeneral,
    upload: (never) => ({ protocol: { name: 'mute', create: never, locate: never, part: never, finish: never } }),
    except: ['data', 'fetch', 'download'],
  },
  'an upload’s stream': {
    url: inGeneral,
    upload: (never) => ({ body: new ReadableStream({ pull: never }, { highWaterMark: 0 }) }),
    except: ['data', 'fetch', 'download'],
  },
  ...(inNode && {
    willPerformRedirection: {
      url: () => `${origin.url}/redirect/1`,
      delegate: (never) => ({ willPerformRedirection: never }),
    },
  }),
}

type Made = Pick<Task<unknown>, 'cancel'> & { finished: Promise<unknown> }

function begin(
  session: URLSession,
  kind: Kind,
  url: string,
  options: TaskOptions,
  { body = 'body', ...more }: ReturnType<NonNullable<Question['upload']>> = {},
): Made {
  if (kind === 'fetch') {
    const abort = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, abort.signal]) : abort.signal
    return { cancel: () => abort.abort(), finished: session.fetch(url, { ...options, signal }).then((r) => r.text()) }
  }
  if (kind === 'data') return session.dataTask(url, options).resume()
  if (kind === 'download') return session.downloadTask(url, options).resume()
  return session.uploadTask({ url, method: 'PUT' }, body, { ...options, ...more }).resume()
}

const KINDS: readonly Kind[] = ['data', 'fetch', 'download', 'upload']
const CASES = Object.entries(QUESTIONS).flatMap(([name, question]) =>
  KINDS.filter((kind) => !question.except?.includes(kind)).map((kind) => [name, kind, question] as const),
)

describe('a question that is never answered:', () => {
  it.each(CASES)('%s, of a %s task', async (_name, kind, { url, options, delegate, upload, isShared }) => {
    let asked = Promise.withResolvers<void>()
    const never = (): Promise<never> => {
      asked.resolve()
      return new Promise(() => {})
    }
    const ends: string[] = []
    const make = (more: ConfigurationOptions = {}): URLSession =>
      makeSession(
        { retry: { attempts: 2, baseDelay: 1 }, ...options?.(never), ...more },
        delegate && {
          ...delegate(never),
          didComplete: (task, error) => {
            if (task.originalRequest.url !== echoURL || url === inGeneral) ends.push(error?.code ?? 'well')
          },
        },
      )
    const started = async (session: URLSession, more: TaskOptions = {}): Promise<Made> => {
      asked = Promise.withResolvers<void>()
      const task = begin(session, kind, await url(), more, upload?.(never))
      task.finished.catch(() => {})
      await asked.promise
      return task
    }
    let session = make({ connectionsPerHost: 1 })

    const cancelled = await started(session)
    cancelled.cancel()
    expect(await rejection(cancelled.finished)).toMatchObject({ name: 'AbortError' })

    // Whoever is asked about nothing has the one connection now.
    if (url !== inGeneral) expect((await session.data({ url: echoURL, method: 'POST' })).response.status).toBe(200)

    if (isShared) session = make({ connectionsPerHost: 1 })
    const abort = new AbortController()
    const aborted = await started(session, { signal: abort.signal })
    abort.abort(new Error('enough'))
    expect(await rejection(aborted.finished)).toMatchObject({ message: 'enough' })

    const late = make({ timeout: { request: 60_000, resource: 300 } })
    expect(await rejection((await started(late)).finished)).toSatisfy(
      (error: Error & { cause?: { code: string }; code?: string }) => (error.code ?? error.cause?.code) === 'timedOut',
    )

    if (isShared) session = make({ connectionsPerHost: 1 })
    const left = await started(session)
    await session.close()
    expect(await rejection(left.finished)).toMatchObject({ name: 'AbortError' })
    if (delegate) expect(ends).toEqual(['cancelled', 'cancelled', 'timedOut', 'cancelled'])
  })
})
