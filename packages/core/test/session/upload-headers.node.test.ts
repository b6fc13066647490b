/** The headers of a task that is uploaded by several requests: which of them each request has. */
import { type UploadProtocol } from 'urlsession'
import { expect, it } from 'vitest'
import { makeSession } from '../support/session.ts'
import { scripted } from '../transfers/upload/support/scripted-server.ts'

/** Two requests, of which the second has headers of its own. */
const twice: UploadProtocol = {
  name: 'twice',
  async create({ url }, client) {
    await client.send({ method: 'POST', url })
    return { end: await client.send({ method: 'PATCH', url, headers: { 'X-Own': 'mine', 'X-Both': 'mine' } }) }
  },
  locate: async () => ({ pieces: [] }),
  part: async () => ({ accepted: 0 }),
  finish: async () => ({ detour: 'create', why: '' }),
}

it('each request has those that are not of one alone, and its own before them', async () => {
  const { url, asked } = await scripted(() => ({ status: 200 }))
  const headers = {
    'X-Task': 'yes',
    'X-Both': 'task',
    'Content-Language': 'de',
    'Idempotency-Key': 'one',
    authorization: 'Bearer secret',
  }
  await makeSession().upload({ url, headers }, 'text', { protocol: twice })
  const names = ['x-task', 'x-own', 'x-both', 'content-language', 'idempotency-key', 'authorization']
  expect(asked.map(({ method, headers: sent }) => [method, ...names.map((name) => sent[name])])).toEqual([
    ['POST', 'yes', undefined, 'task', undefined, undefined, 'Bearer secret'],
    ['PATCH', 'yes', 'mine', 'mine', undefined, undefined, 'Bearer secret'],
  ])
})
