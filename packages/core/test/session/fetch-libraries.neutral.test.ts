/** `session.fetch` in the hands of those who take a fetch of yours. */
import ky from 'ky'
import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIUserAbortError } from 'openai'
import createClient from 'openapi-fetch'
import { describe, expect, it } from 'vitest'
import { makeSession, origin, quick, rejection, serve, unique } from '../support/session.ts'
import { echoURL } from './support/data.ts'

it('`session.fetch` has the type of fetch', () => {
  const { fetch: send } = makeSession()
  expect(send satisfies typeof fetch).toBeTypeOf('function')
})

describe('ky', () => {
  it('sends JSON and reads it back, with hooks that look into copies', async () => {
    const seen: string[] = []
    const api = ky.create({
      fetch: makeSession({ ...quick, headers: { 'x-session': 'yes' } }).fetch,
      hooks: { afterResponse: [async ({ response }) => void seen.push(await response.clone().text())] },
    })
    const echo = await api.post(echoURL, { json: { a: 1 } }).json<{ body: string; headers: Record<string, string> }>()
    expect(echo).toMatchObject({ body: '{"a":1}', headers: { 'content-type': 'application/json', 'x-session': 'yes' } })
    expect(seen).toHaveLength(1)
  })

  it('throws its errors, retries, and gives up in time', async () => {
    const api = ky.create({ fetch: makeSession({ retry: { attempts: 1 } }).fetch, retry: { limit: 1, delay: () => 1 } })
    const file = await serve('ky.txt', { body: 'at last' })
    await file.nextResponses([{ status: 503 }])
    expect(await api.get(file.url, { cache: 'no-store' }).text()).toBe('at last')
    const { url } = await serve('missing.txt', { body: '', status: 404 })
    expect(await rejection(api.get(url).text())).toMatchObject({ name: 'HTTPError' })
    const silent = await serve('silent.txt', { body: 'x', beforeHead: 'stall' })
    expect(await rejection(api.get(silent.url, { timeout: 30, retry: 0 }).text())).toMatchObject({
      name: 'TimeoutError',
    })
    await origin.when({ file: silent.name, aborted: true })
  })

  it('tells of progress', async () => {
    const { url } = await serve('progress.bin', { size: 300_000 })
    const told: number[] = []
    const onDownloadProgress = ({ transferredBytes }: { transferredBytes: number }): void =>
      void told.push(transferredBytes)
    const bytes = await ky(url, { fetch: makeSession().fetch, onDownloadProgress }).arrayBuffer()
    expect(bytes.byteLength).toBe(300_000)
    expect(told.at(-1)).toBe(300_000)
  })
})

describe('openapi-fetch', () => {
  interface Paths {
    '/echo': {
      post: {
        requestBody: { content: { 'application/json': { a: number } } }
        responses: { 200: { content: { 'application/json': { method: string; body: string; url: string } } } }
      }
    }
    '/status/{code}': {
      get: {
        parameters: { path: { code: number } }
        responses: { 404: { content: { 'application/json': { status: number } } } }
      }
    }
  }

  it('sends what it has checked, and sorts answers from errors', async () => {
    const client = createClient<Paths>({ baseUrl: origin.url, fetch: makeSession(quick).fetch })
    const { data, response } = await client.POST('/echo', { body: { a: 1 } })
    expect(response.status).toBe(200)
    expect(data).toMatchObject({ method: 'POST', body: '{"a":1}' })
    const { error } = await client.GET('/status/{code}', { params: { path: { code: 404 } } })
    expect(error).toEqual({ status: 404 })
  })

  it('hands on an abort', async () => {
    const client = createClient<Paths>({ baseUrl: origin.url, fetch: makeSession(quick).fetch })
    const reason = new Error('not now')
    const told = client.POST('/echo', { body: { a: 1 }, signal: AbortSignal.abort(reason) })
    expect(await rejection(told)).toBe(reason)
  })
})

describe('the client of a language model', () => {
  const piece = (content: string): string =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 0, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`
  const body = `${['All ', 'work ', 'and ', 'no ', 'pläy'].map(piece).join('')}data: [DONE]\n\n`
  const question = { model: 'm', messages: [{ role: 'user' as const, content: 'What makes Jack a dull boy?' }] }

  async function model(behaviour: Parameters<typeof serve>[1]) {
    const folder = unique('model')
    const file = await origin.file(`${folder}/chat/completions`, { contentType: 'text/event-stream', ...behaviour })
    const baseURL = file.url.replace('/chat/completions', '')
    const { fetch: send } = makeSession(quick)
    return {
      file,
      client: new OpenAI({ apiKey: 'k', baseURL, fetch: send, maxRetries: 1, dangerouslyAllowBrowser: true }),
    }
  }

  it('reads an answer as it comes', async () => {
    const { file, client } = await model({ body, framing: 'chunked', stallAfter: piece('All ').length + 20 })
    const words: string[] = []
    for await (const { choices } of await client.chat.completions.create({ ...question, stream: true })) {
      words.push(choices[0]?.delta.content ?? '')
      if (words.length === 1) await file.releaseStalls()
    }
    expect(words.join('')).toBe('All work and no pläy')
    expect((await file.requests())[0]).toMatchObject({ method: 'POST', headers: { authorization: 'Bearer k' } })
  })

  it('ends the request where its reader leaves', async () => {
    const { file, client } = await model({ body, framing: 'chunked', stallAfter: piece('All ').length + 20 })
    for await (const { choices } of await client.chat.completions.create({ ...question, stream: true })) {
      expect(choices[0]?.delta.content).toBe('All ')
      break
    }
    await origin.when({ file: file.name, aborted: true })
  })

  it('reads a whole answer, and tries again where its server is busy', async () => {
    const whole = { id: 'c', choices: [{ index: 0, message: { role: 'assistant', content: 'Work.' } }] }
    const { file, client } = await model({ body: JSON.stringify(whole), contentType: 'application/json' })
    await file.nextResponses([{ status: 500, headers: { 'retry-after-ms': '1' } }])
    const { choices } = await client.chat.completions.create(question)
    expect(choices[0]?.message.content).toBe('Work.')
    expect((await file.requests()).map(({ status }) => status)).toEqual([500, 200])
  })

  it('names its failures, and an abort', async () => {
    const { file, client } = await model({ body, beforeHead: 'reset' })
    const lost = await rejection(client.chat.completions.create(question, { maxRetries: 0 }))
    expect(lost).toBeInstanceOf(APIConnectionError)
    expect(lost).toMatchObject({ cause: { name: 'TypeError', cause: { name: 'URLError' } } })
    await file.behave({ beforeHead: 'stall' })
    const controller = new AbortController()
    const told = rejection(client.chat.completions.create(question, { signal: controller.signal }))
    await origin.when({ file: file.name, method: 'POST', ended: false })
    controller.abort()
    expect(await told).toBeInstanceOf(APIUserAbortError)
    expect(await rejection(client.chat.completions.create(question, { timeout: 30, maxRetries: 0 }))).toBeInstanceOf(
      APIConnectionTimeoutError,
    )
  })
})
