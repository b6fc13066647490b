/** What a session and a task were given is copied: editing it afterwards changes nothing. */
import {
  SessionConfiguration,
  URLSession,
  type ConfigurationOptions,
  type DownloadOptions,
  type UploadBody,
} from 'urlsession'
import { describe, expect, it } from 'vitest'
import { makeSession, serve } from '../support/session.ts'
import { type Echo, echoOf, echoURL } from './support/data.ts'

/** Bodies that can be changed, and the change. */
const bodies: { [kind: string]: () => { body: BodyInit; change: () => void; kept: string } } = {
  'a form’s fields': () => {
    const body = new URLSearchParams({ field: 'before' })
    return { body, change: () => body.set('field', 'after'), kept: 'field=before' }
  },
  'a form with files': () => {
    const body = new FormData()
    body.append('field', 'before')
    body.append('file', new Blob(['whole']), 'its name.txt')
    return { body, change: () => (body.set('field', 'after'), body.delete('file')), kept: 'filename="its name.txt"' }
  },
  bytes: () => {
    const body = new TextEncoder().encode('before')
    return { body, change: () => body.fill(120), kept: 'before' }
  },
}

function expectKept({ body }: Echo, kept: string): void {
  expect(body).toContain(kept)
  expect(body).toContain('before')
  expect(body).not.toContain('after')
}

const isWritable = (object: object, name: string): boolean => Reflect.set(object, name, 'changed')

describe('what was given is copied', () => {
  it('a configuration’s options', async () => {
    const options: ConfigurationOptions & { headers: Record<string, string>; timeout: { request: number } } = {
      headers: { 'x-kept': 'before' },
      timeout: { request: 1234 },
    }
    const configuration = SessionConfiguration.default(options)
    const session = makeSession(configuration)
    options.headers['x-kept'] = 'after'
    options.timeout.request = 1
    expect(configuration.settings.headers).toEqual([['x-kept', 'before']])
    expect(session.configuration.settings.timeout.request).toBe(1234)
    const file = await serve('configured.bin', { size: 10 })
    await session.download(file.url)
    expect((await file.requests())[0]?.headers['x-kept']).toBe('before')
  })

  it('a configuration, when a session is made of it, and it is frozen', () => {
    const configuration = SessionConfiguration.background('copied', { priority: 0.25 })
    const session = new URLSession(SessionConfiguration.default())
    expect(isWritable(session.configuration, 'kind')).toBe(false)
    expect(isWritable(session.configuration.settings, 'priority')).toBe(false)
    expect(isWritable(session.configuration.settings.timeout, 'request')).toBe(false)
    const copy = configuration.copy({ priority: 0.75 })
    expect(copy).toMatchObject({ kind: 'background', identifier: 'copied', settings: { priority: 0.75 } })
    expect(configuration.settings.priority).toBe(0.25)
    expect(configuration.copy().settings).toEqual(configuration.settings)
    expect(configuration.copy()).not.toBe(configuration)
  })

  it('a request’s headers', async () => {
    const file = await serve('request.bin', { size: 10 })
    const headers = new Headers({ 'x-kept': 'before' })
    const request = { url: file.url, headers }
    const task = makeSession().downloadTask(request)
    headers.set('x-kept', 'after')
    request.url = 'https://elsewhere.invalid/'
    await task.resume().finished
    expect((await file.requests())[0]?.headers['x-kept']).toBe('before')
    expect(task.originalRequest).toMatchObject({ url: file.url, method: 'GET', headers: [['x-kept', 'before']] })
  })

  it('a Request object, with its method, headers and address', async () => {
    const file = await serve('platform.bin', { size: 10 })
    const request = new Request(file.url, { headers: { 'x-kept': 'before' } })
    const task = makeSession().downloadTask(request)
    request.headers.set('x-kept', 'after')
    await task.resume().finished
    expect((await file.requests())[0]?.headers['x-kept']).toBe('before')
  })

  for (const [kind, make] of Object.entries(bodies)) {
    it(`${kind}, by a request`, async () => {
      const { body, change, kept } = make()
      const answer = echoOf(makeSession().data({ url: echoURL, method: 'POST', body }))
      change()
      expectKept(await answer, kept)
    })

    it(`${kind}, by a session’s fetch, the first of which has something to load`, async () => {
      const { body, change, kept } = make()
      const url = new URL(echoURL)
      const headers = new Headers({ 'x-kept': 'before' })
      const init: RequestInit = { method: 'POST', body, headers }
      const answer = makeSession().fetch(url, init)
      change()
      url.pathname = '/status/404'
      headers.set('x-kept', 'after')
      init.method = 'DELETE'
      const echo = (await (await answer).json()) as Echo
      expectKept(echo, kept)
      expect(echo).toMatchObject({ method: 'POST', headers: { 'x-kept': 'before' } })
    })

    it(`${kind}, by an upload`, async () => {
      const { body, change, kept } = make()
      const answer = makeSession().upload(echoURL, body as UploadBody)
      change()
      expectKept(JSON.parse(new TextDecoder().decode((await answer).data)) as Echo, kept)
    })
  }

  it('metadata, and the earliest begin date', async () => {
    const { url } = await serve('metadata.bin', { size: 10 })
    const metadata = { list: [1, 2], nested: { text: 'before' } }
    const earliestBeginDate = new Date(1_000)
    const options: DownloadOptions = { metadata, earliestBeginDate }
    const task = makeSession().downloadTask(url, options)
    metadata.list.push(3)
    metadata.nested.text = 'after'
    earliestBeginDate.setTime(9e15)
    expect(task.metadata).toEqual({ list: [1, 2], nested: { text: 'before' } })
    expect(task.earliestBeginDate).toEqual(new Date(1_000))
    task.earliestBeginDate?.setTime(9e15)
    expect(task.earliestBeginDate).toEqual(new Date(1_000))
  })
})

describe('a request wins over its session', () => {
  it('where both name a header, in whatever case', async () => {
    const file = await serve('precedence.bin', { size: 10 })
    const session = makeSession({ headers: { 'X-Both': 'session', 'X-Session': 'yes' } })
    await session.download({ url: file.url, headers: { 'x-both': 'request' } })
    const [sent] = await file.requests()
    expect(sent?.headers).toMatchObject({ 'x-both': 'request', 'x-session': 'yes' })
  })
})
